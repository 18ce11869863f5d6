"""Uploads: where a tutor may put a recording or a transcript, before a lesson is made of it."""

from typing import Annotated
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_json, read_json
from api.problems import Problem
from api.services import Services
from db.people import is_tutor

SECONDS = 900

SMALLER = "Export the recording at a lower bit rate, or its sound alone, and import that."

Short = Annotated[str, msgspec.Meta(max_length=255)]
Size = Annotated[int, msgspec.Meta(ge=0)]


class Upload(msgspec.Struct):
    """What will be uploaded; nothing of it is kept, keys are made of ids only.

    Where `bytes` are told, more than the storage takes is refused before it is sent.
    """

    filename: Short | None = None
    content_type: Short | None = None
    bytes: Size | None = None


class UploadPlace(msgspec.Struct):
    """PUT the bytes, `largest` at most, to `url` within `expires_in` seconds, then import the `key`."""

    key: str
    url: str
    expires_in: int
    largest: int


async def make_upload(request: Request[Services]) -> Response:
    """A place in storage for one file of yours; tutors have some."""
    asked, store = await read_json(request, Upload), request.state["recordings"]
    async with asking(request) as person:
        if not await is_tutor(person.session, person.id):
            raise Problem("tutor_only")
    if asked.bytes is not None and asked.bytes > store.largest:
        raise Problem("too_large", f"The file has {asked.bytes} bytes; the storage takes {store.largest}. {SMALLER}")
    key = f"imports/{person.id}/{uuid4()}"
    return as_json(UploadPlace(key, await store.upload_url(key, SECONDS), SECONDS, store.largest), 201)
