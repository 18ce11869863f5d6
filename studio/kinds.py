"""The kinds of values that settings take, and what each of them refuses."""

from base64 import b64decode
from dataclasses import asdict, fields
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError, from_json
from pydantic_settings import NoDecode

from lessons.addresses import plain_address_in
from lessons.calls import DEAREST, Price, is_priced
from providers.hosts import is_host, is_url
from studio.database_urls import is_readable

Text = TypeVar("Text", str, SecretStr)

HIGHEST = 65535
PRICED = '{"openai/gpt-4o": {"input": 2.5}}'


def filled(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise PydanticCustomError("secret", "should hold something besides blanks")
    return secret


def beginning_with(*schemes: str) -> AfterValidator:
    """The value is a URL with one of these schemes; a slash at its end is dropped."""

    def check(url: Text) -> Text:
        plain = url.get_secret_value() if isinstance(url, SecretStr) else url
        scheme, _, rest = plain.partition("://")
        if scheme not in schemes or not rest:
            raise PydanticCustomError("url", "should begin with {schemes}", {"schemes": " or ".join(schemes)})
        return type(url)(plain.rstrip("/"))

    return AfterValidator(check)


def with_host_and_port(url: str) -> str:
    if not is_url(url):
        said = "should have a host (a name in ASCII, or an IP address), a port from 1 to 65535 if any, and no blanks"
        raise PydanticCustomError("url", said)
    return url


def without_path(url: str) -> str:
    if url.count("/") > 2:
        raise PydanticCustomError("url", "should have no path after the host")
    return url


def with_readable_parts(url: SecretStr) -> SecretStr:
    if not is_readable(url.get_secret_value()):
        example = "postgresql://user:password@host:5432/name"
        raise PydanticCustomError("url", f"should be like `{example}`, an @ or a / in a password as %40 or %2F")
    return url


def with_name(host: str) -> str:
    if not is_host(host):
        raise PydanticCustomError("host", "should be the name of a host in ASCII, or an IP address, and nothing else")
    return host


def with_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not is_host(host.removeprefix("[").removesuffix("]")) or not is_port(port):
        raise PydanticCustomError("address", "should be host:port, the port from 1 to 65535")
    return address


def is_port(given: str) -> bool:
    return given.isascii() and given.isdecimal() and 1 <= int(given) <= HIGHEST


def with_address(sender: str) -> str:
    if not plain_address_in(sender):
        raise PydanticCustomError("sender", "should be `Name <address>`, the address in ASCII, a name with , in quotes")
    return sender


def of_32_bytes(given: SecretStr) -> SecretStr:
    try:
        size = len(b64decode(given.get_secret_value(), validate=True))
    except ValueError:
        size = 0
    if size != 32:
        raise PydanticCustomError("payload_key", "should be 32 bytes in base64, as made by `openssl rand -base64 32`")
    return given


def beside_username(password: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
    """A login has a name and a password, or there is none."""
    named = bool(others.data.get("username"))
    if named and not password:
        raise PydanticCustomError("login", "is missing beside STUDIO_MAIL__USERNAME: set both or neither")
    if password and not named:
        raise PydanticCustomError("login", "is set, but STUDIO_MAIL__USERNAME is missing: set both or neither")
    return password


def read_json(given: Any, example: str = '{"key": "secret"}') -> Any:
    try:
        return from_json(given) if isinstance(given, str) else given
    except ValueError:
        raise PydanticCustomError("json", "should be JSON such as {example}", {"example": example}) from None


def with_model(name: str) -> str:
    if not is_priced(name):
        said = "should name openai/MODEL or deepgram/MODEL, the latter before /multi, /keyterm, /diarize in this order"
        raise PydanticCustomError("model", said)
    return name


def of_dollars(given: Any) -> Any:
    """A price with all that is given of it, which is at least one number."""
    told = asdict(given) if isinstance(given, Price) else given
    kinds = [field.name for field in fields(Price)]
    amounts = {} if not isinstance(told, dict) else {kind: one for kind, one in told.items() if one is not None}
    if not amounts or not told.keys() <= {*kinds} or not all(map(is_dollars, amounts.values())):
        said = f"should give a model's price by one or more of {', '.join(kinds)}, each a number from 0 on"
        raise PydanticCustomError("price", f"{said}, such as {{example}}", {"example": PRICED})
    return Price(**amounts)


def is_dollars(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= DEAREST


Secret = Annotated[SecretStr, AfterValidator(filled)]
Password = Annotated[Secret | None, AfterValidator(beside_username), Field(validate_default=True)]
PayloadKey = Annotated[SecretStr, AfterValidator(of_32_bytes)]
AtOnce = Annotated[int, Field(ge=1)]
Host = Annotated[str, AfterValidator(with_name)]
Port = Annotated[int, Field(ge=1, le=HIGHEST)]
HostAndPort = Annotated[str, AfterValidator(with_port)]
Web = Annotated[str, beginning_with("http", "https"), AfterValidator(with_host_and_port)]
WebHost = Annotated[Web, AfterValidator(without_path)]
LiveKitUrl = Annotated[str, beginning_with("ws", "wss", "http", "https"), AfterValidator(with_host_and_port)]
Sender = Annotated[str, AfterValidator(with_address)]
Keys = Annotated[dict[str, Secret], NoDecode, BeforeValidator(read_json)]
Prices = Annotated[
    dict[Annotated[str, AfterValidator(with_model)], Annotated[Price, BeforeValidator(of_dollars)]],
    NoDecode,
    BeforeValidator(partial(read_json, example=PRICED)),
]
Postgres = Annotated[
    SecretStr, beginning_with("postgresql", "postgres", "postgresql+asyncpg"), AfterValidator(with_readable_parts)
]
