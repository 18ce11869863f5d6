"""Files of the local storage, by links that are signed for one method, one object and a while."""

from collections.abc import AsyncIterator
from mimetypes import guess_type

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from api.problems import Problem, problem_of
from api.services import Services
from providers.disk import DiskFileStore

SHOWN = ("audio/", "video/", "application/json", "text/vtt")
REFUSED = (400, 416)
HARMLESS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox"}


class StoredFile(FileResponse):
    """A file, whole or by ranges (RFC 9110, 14); little is read ahead of the client."""

    chunk_size = 128 * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, refusing(send))
        except HTTPException as refused:
            await problem_of(refused).answer(scope["state"]["public_url"])(scope, receive, send)


def refusing(send: Send) -> Send:
    """Raise what Starlette tells of a bad range as plain text."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in REFUSED:
            told = Headers(raw=message["headers"])
            length = {name: told[name] for name in ("content-range",) if name in told}
            raise HTTPException(message["status"], headers=length)
        await send(message)

    return sending


async def read_file(request: Request[Services]) -> Response:
    """Read a file, or a range of it."""
    store, key = permitted(request, "GET")
    found = await store.stat(key)
    guessed = guess_type(key)[0] or ""
    media_type = guessed if guessed.startswith(SHOWN) else "application/octet-stream"
    return StoredFile(store.path_of(key), headers=HARMLESS, media_type=media_type, stat_result=found)


async def write_file(request: Request[Services]) -> Response:
    """Store a file, whole or not at all."""
    store, key = permitted(request, "PUT")
    if int(request.headers.get("content-length", 0)) > store.largest:
        raise Problem("too_large")
    await store.receive(key, limited(request, store.largest))
    return Response(status_code=201)


def permitted(request: Request[Services], method: str) -> tuple[DiskFileStore, str]:
    """The bucket and the key, if the link allows this method; raises Problem."""
    store, key = request.state["buckets"].get(request.path_params["bucket"]), request.path_params["key"]
    if store is None:
        raise Problem("not_found")
    expires, signature = (request.query_params.get(name, "") for name in ("expires", "signature"))
    if not (store.public and method == "GET") and not store.allows(method, key, expires, signature):
        raise Problem("bad_link")
    return store, key


async def limited(request: Request[Services], most: int) -> AsyncIterator[bytes]:
    """The body as it arrives; raises Problem when it gets too large."""
    arrived = 0
    async for chunk in request.stream():
        arrived += len(chunk)
        if arrived > most:
            raise Problem("too_large")
        yield chunk
