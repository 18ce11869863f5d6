"""Reading and writing the bodies of requests and answers."""

from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.problems import Fault, Problem
from api.services import Services

LARGEST_JSON = 64 * 1024

PRIVATE = {"cache-control": "private, no-cache", "vary": "authorization", "x-content-type-options": "nosniff"}

S = TypeVar("S", bound=msgspec.Struct)


async def read_body(request: Request[Services], most: int) -> bytes:
    """The whole body; raises Problem for more bytes than `most`."""
    pieces, size, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
        if size > most:
            raise Problem("too_large")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def read_json(request: Request[Services], shape: type[S]) -> S:
    """The body as this shape, an empty one as all defaults; raises Problem with everything that is wrong."""
    try:
        given = msgspec.json.decode(await read_body(request, LARGEST_JSON) or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem("unparsable") from None
    if not isinstance(given, dict):
        raise Problem("unparsable")
    if faults := faults_in(given, shape):
        raise Problem("invalid", errors=faults)
    return msgspec.convert(given, shape)


def faults_in(given: dict[str, Any], shape: type[msgspec.Struct]) -> list[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    faults = [Fault(name, "There is no such field.") for name in given.keys() - fields.keys()]
    for name, field in fields.items():
        try:
            if name in given:
                msgspec.convert(given[name], field.type)
            elif field.required:
                faults.append(Fault(name, "It is missing."))
        except msgspec.ValidationError as error:
            faults.append(Fault(name, str(error)))
    return sorted(faults, key=lambda fault: fault.field)


def as_json(content: object, status: int = 200, **headers: str) -> Response:
    """An answer for this person alone; header names are written with underscores."""
    return private(msgspec.json.encode(content), "application/json", status, **headers)


def private(content: bytes, media_type: str, status: int = 200, **headers: str) -> Response:
    """An answer of any media type for this person alone."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, status, PRIVATE | named, media_type=media_type)


def as_tagged_json(request: Request[Services], content: object) -> Response:
    """An answer for this person alone that is not sent again while it is the same."""
    body = msgspec.json.encode(content)
    version = sha256(body).hexdigest()[:32]
    if knows(request, version):
        return not_modified(version)
    return private(body, "application/json", etag=etag_of(version))


def etag_of(version: int | str) -> str:
    return f'"{version}"'


def knows(request: Request[Services], version: int | str) -> bool:
    """Whether the client has this version already (RFC 9110, 13.1.2)."""
    known = request.headers.get("if-none-match", "")
    return known == "*" or etag_of(version) in (tag.strip().removeprefix("W/") for tag in known.split(","))


def not_modified(version: int | str) -> Response:
    return Response(status_code=304, headers={"etag": etag_of(version), "vary": "authorization"})
