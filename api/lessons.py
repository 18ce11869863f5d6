"""Lessons: a list, one with all that is known of it, and what a tutor can do about its run."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_json, as_tagged_json, read_json
from api.problems import Fault, Problem
from api.runs import cancel_lesson, cancel_unbegun, retry_lesson
from api.services import Services
from api.snapshots import LessonCard, card_of, snapshot_of
from db.inbox import arrivals_in
from db.lessons import lessons_before
from db.models import LessonState
from db.people import booking_of
from lessons.messages import Stage

MOST, USUAL = 100, 20

Cursor = tuple[datetime, str]


class LessonPage(msgspec.Struct):
    """Newest first; `next` is the cursor of the following page, null on the last."""

    items: list[LessonCard]
    next: str | None


class Retry(msgspec.Struct):
    """From which stage to go on: null means from what failed."""

    from_stage: Stage | None = None


class Accepted(msgspec.Struct):
    """It is under way; the lesson tells how it goes."""

    lesson_id: str
    booking_id: str
    links: dict[str, str]


async def list_lessons(request: Request[Services]) -> Response:
    """The lessons you may see, newest first."""
    cursor, most = page_asked(request)
    async with asking(request) as person:
        found = await lessons_before(person.session, cursor, most + 1)
    following = cursor_of(found[most - 1]) if len(found) > most else None
    cards = [card_of(lesson, request.state["public_url"]) for lesson in found[:most]]
    return as_tagged_json(request, LessonPage(cards, following))


async def show_lesson(request: Request[Services]) -> Response:
    """One lesson: how far it is, what was made, and what went wrong."""
    state = request.state
    async with asking(request) as person:
        lesson = await person.lesson(lesson_id_in(request))
        shown = await snapshot_of(person, lesson, state["public_url"], state["temporal_workflows"])
    return as_tagged_json(request, shown)


async def retry(request: Request[Services]) -> Response:
    """Go on with a lesson that failed, was cancelled, or lacks something."""
    asked = await read_json(request, Retry)
    async with asking(request) as person:
        lesson = await person.own_lesson(lesson_id_in(request))
        booked = await booking_of(person.session, lesson.booking_id)
    if booked is None:
        raise Problem("not_found")
    link = f"{request.state['public_url']}/api/lessons/{lesson.id}"
    async with request.state["sessions"]() as session:
        recorded = any(arrival.files for arrival in await arrivals_in(session, lesson.booking_id))
    await retry_lesson(request.state["temporal"], lesson, booked, asked.from_stage, link, recorded)
    return accepted(request, lesson.id, lesson.booking_id)


async def cancel(request: Request[Services]) -> Response:
    """Stop a lesson wherever it is; what is made stays, and a retry goes on from there. One that has ended stays so."""
    async with asking(request) as person:
        lesson = await person.own_lesson(lesson_id_in(request))
    try:
        await cancel_lesson(request.state["temporal"], lesson)
    except Problem:
        async with request.state["sessions"].begin() as session:
            if not await cancel_unbegun(session, lesson):
                raise
    return accepted(request, lesson.id, lesson.booking_id)


def lesson_id_in(request: Request[Services]) -> str:
    return str(request.path_params["lesson_id"])


def accepted(request: Request[Services], lesson_id: str, booking_id: str) -> Response:
    here = f"{request.state['public_url']}/api/lessons/{lesson_id}"
    links = {"self": here, "events": f"{here}/events"}
    return as_json(Accepted(lesson_id, booking_id, links), 202, location=here)


def page_asked(request: Request[Services]) -> tuple[Cursor | None, int]:
    limit, cursor = request.query_params.get("limit", str(USUAL)), request.query_params.get("cursor")
    if not limit.isascii() or not limit.isdecimal() or len(limit) > len(str(MOST)) or not 1 <= int(limit) <= MOST:
        raise Problem("invalid", errors=[Fault("limit", f"It is a number from 1 to {MOST}.")])
    return (cursor_from(cursor) if cursor else None), int(limit)


def cursor_of(lesson: LessonState) -> str:
    return base64.urlsafe_b64encode(f"{lesson.created_at.isoformat()} {lesson.id}".encode()).decode()


def cursor_from(text: str) -> Cursor:
    """Where a page ended; raises Problem for what this list did not tell."""
    try:
        moment, _, lesson_id = base64.urlsafe_b64decode(text).decode().partition(" ")
        created_at = datetime.fromisoformat(moment)
        if created_at.tzinfo is None:
            raise ValueError
        return created_at.astimezone(UTC), str(UUID(lesson_id))
    except (ValueError, OverflowError):
        raise Problem("invalid", errors=[Fault("cursor", "It is no cursor of this list.")]) from None
