"""How a vendor gets a file: from an address that it reaches, or from us."""

from collections.abc import Iterator
from enum import IntEnum
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from studio.settings import S3, Deepgram, Disk, Settings

Delivery = Literal["url", "upload", "callback"]


class Scope(IntEnum):
    """From where an address can be used."""

    MACHINE = 0
    NETWORK = 1
    WORLD = 2


def delivery_of(settings: Settings, chosen: Deepgram) -> Delivery:
    """How Deepgram gets the sound: as it is set, else by `url` from an S3 that it reaches, or by `upload`."""
    _, url = files_at(settings)
    by_url = isinstance(settings.storage, S3) and reached(chosen, url)
    return chosen.delivery or ("url" if by_url else "upload")


def unreached(settings: Settings) -> Iterator[str]:
    """A sentence for each address that Deepgram is to use and cannot, since it leads to this machine or network."""
    chosen = settings.speech
    if not isinstance(chosen, Deepgram) or chosen.delivery in (None, "upload"):
        return
    callbacks = [("STUDIO_API__PUBLIC_URL", settings.api.public_url)] if chosen.delivery == "callback" else []
    addresses = dict([files_at(settings), *callbacks])
    for name in [name for name, url in addresses.items() if is_lost(chosen, url)]:
        yield (
            f"STUDIO_SPEECH__DELIVERY={chosen.delivery} needs a {name} that Deepgram reaches, not one of this machine"
            " or network: set it, or STUDIO_SPEECH__DELIVERY=upload."
        )


def files_at(settings: Settings) -> tuple[str, str | None]:
    """Where files are for others, and the variable that says so."""
    match settings.storage:
        case Disk():
            return "STUDIO_API__PUBLIC_URL", settings.api.public_url
        case s3 if s3.sign_endpoint:
            return "STUDIO_STORAGE__SIGN_ENDPOINT", s3.sign_endpoint
        case s3:
            return "STUDIO_STORAGE__ENDPOINT", s3.endpoint


def reached(chosen: Deepgram, url: str | None) -> bool:
    """Whether Deepgram can use an address, as far as names tell: it is as near as whoever can."""
    return scope_of(chosen.base_url) <= scope_of(url)


def is_lost(chosen: Deepgram, url: str | None) -> bool:
    """Whether Deepgram surely cannot: one of its own is outside, any other server may be in our network."""
    is_own = f".{host_of(chosen.base_url)}".endswith(".deepgram.com")
    return not reached(chosen, url) and (is_own or scope_of(url) is Scope.MACHINE)


def scope_of(url: str | None) -> Scope:
    """From where an address can be used; none is one of this machine."""
    host = host_of(url or "http://localhost")
    try:
        address = ip_address(host)
    except ValueError:
        return scope_of_name(host)
    if address.is_loopback or address.is_unspecified:
        return Scope.MACHINE
    return Scope.WORLD if address.is_global else Scope.NETWORK


def scope_of_name(host: str) -> Scope:
    """The same of a name: one without a dot, in .local (RFC 6762) or in .internal is its network's own."""
    if host == "localhost" or host.endswith(".localhost"):
        return Scope.MACHINE
    return Scope.NETWORK if "." not in host or host.endswith((".local", ".internal")) else Scope.WORLD


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removesuffix(".")
