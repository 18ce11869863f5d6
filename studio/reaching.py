"""How a vendor gets a file: from an address that it reaches, or from us."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from studio.settings import S3, Deepgram, Disk, Settings

Delivery = Literal["url", "upload", "callback"]


def delivery_of(settings: Settings, chosen: Deepgram) -> Delivery:
    """How Deepgram gets the sound: as it is set, else by `url` from an S3 that it reaches, by `upload` from here."""
    _, url = files_at(settings)
    by_url = isinstance(settings.storage, S3) and reached(chosen, url)
    return chosen.delivery or ("url" if by_url else "upload")


def unreached(settings: Settings) -> Iterator[str]:
    """A sentence for each address that Deepgram is to use and cannot, since it leads to this machine."""
    chosen = settings.speech
    if not isinstance(chosen, Deepgram) or chosen.delivery in (None, "upload"):
        return
    callbacks = [("STUDIO_API__PUBLIC_URL", settings.api.public_url)] if chosen.delivery == "callback" else []
    addresses = dict([files_at(settings), *callbacks])
    for name in [name for name, url in addresses.items() if not reached(chosen, url)]:
        yield (
            f"STUDIO_SPEECH__DELIVERY={chosen.delivery} needs a {name} that Deepgram reaches, not one of this machine:"
            " set it, or STUDIO_SPEECH__DELIVERY=upload."
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
    """Whether Deepgram can use an address: its host is elsewhere, or Deepgram itself is here."""
    return is_here(chosen.base_url) or not is_here(url or "http://localhost")


def is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
