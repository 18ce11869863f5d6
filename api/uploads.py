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

Short = Annotated[str, msgspec.Meta(max_length=255)]


class Upload(msgspec.Struct):
    """What will be uploaded; neither is kept, keys are made of ids only."""

    filename: Short | None = None
    content_type: Short | None = None


class UploadPlace(msgspec.Struct):
    """PUT the bytes to `url` within `expires_in` seconds, then import the `key`."""

    key: str
    url: str
    expires_in: int


async def make_upload(request: Request[Services]) -> Response:
    """A place in storage for one file of yours; tutors have some."""
    await read_json(request, Upload)
    async with asking(request) as person:
        if not await is_tutor(person.session, person.id):
            raise Problem("tutor_only")
    key = f"imports/{person.id}/{uuid4()}"
    url = await request.state["recordings"].upload_url(key, SECONDS)
    return as_json(UploadPlace(key, url, SECONDS), 201)
