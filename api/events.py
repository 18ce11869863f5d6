"""A lesson as it goes on: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.auth import Person, asking, claims_of
from api.lessons import lesson_id_in
from api.problems import Problem
from api.services import Services
from api.snapshots import LessonSnapshot, snapshot_of
from db.lessons import lesson_of
from db.session import as_person

STILL_HERE = b": still here\n\n"
HEADERS = {"cache-control": "private, no-store", "x-accel-buffering": "no"}


async def follow_lesson(request: Request[Services]) -> Response:
    """Snapshots of a lesson as it changes, beginning with how it is now; `final` says that it has ended."""
    claims = claims_of(request)
    async with asking(request) as person:
        await person.lesson(lesson_id_in(request))
    seen = request.headers.get("last-event-id", "")
    known = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else 0
    if request.method == "HEAD":
        return Response(headers=HEADERS, media_type="text/event-stream")
    return StreamingResponse(snapshots(request, claims, known), headers=HEADERS, media_type="text/event-stream")


async def snapshots(request: Request[Services], claims: Mapping[str, Any], known: int) -> AsyncIterator[bytes]:
    """Every version newer than `known`, until the token ends or the lesson cannot be seen any more."""
    changes, lesson_id = request.state["changes"], lesson_id_in(request)
    with changes.of(lesson_id) as changed:
        while claims["exp"] > time.time():
            changed.clear()
            try:
                shown = await snapshot_for(request.state, claims, lesson_id, known)
            except (OSError, SQLAlchemyError, Problem):
                return
            known = shown.version if shown else known
            yield event_of(shown) if shown else STILL_HERE
            await changes.wait(changed)


async def snapshot_for(state: Services, claims: Mapping[str, Any], lesson_id: str, known: int) -> LessonSnapshot | None:
    """The lesson as it is now, or None if that is known; raises Problem where it cannot be seen any more."""
    async with as_person(state["sessions"], claims) as session:
        lesson = await lesson_of(session, lesson_id)
        if lesson is None:
            raise Problem("not_found")
        if lesson.version <= known:
            return None
        person = Person(claims.get("sub", ""), session)
        return await snapshot_of(person, lesson, state["public_url"], state["temporal_workflows"])


def event_of(shown: LessonSnapshot) -> bytes:
    return b"event: lesson\nid: %d\ndata: %b\n\n" % (shown.version, msgspec.json.encode(shown))
