"""The drills made from a lesson."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_tagged_json
from api.lessons import lesson_id_in
from api.services import Services
from db.drills import drills_of
from db.models import LessonDrill


class DrillShown(msgspec.Struct):
    """`content` is what a player plays: `{type, prompt, data, ...}`; `seconds` is the moment it comes from."""

    id: str
    content: dict[str, Any]
    focus: str | None
    seconds: int | None
    status: str | None
    is_completed: bool
    tutor_approved: bool
    visible_to_student: bool


class DrillList(msgspec.Struct):
    items: list[DrillShown]


async def list_drills(request: Request[Services]) -> Response:
    """The drills you may see, in order of the lesson; a student is shown those that the tutor has approved."""
    async with asking(request) as person:
        lesson = await person.lesson(lesson_id_in(request))
        shown = [drill_shown(row) for row in await drills_of(person.session, lesson.id)]
    return as_tagged_json(request, DrillList(shown))


def drill_shown(row: LessonDrill) -> DrillShown:
    return DrillShown(
        row.id,
        row.content,
        row.focus_area,
        row.source_timestamp_seconds,
        row.status,
        bool(row.is_completed),
        bool(row.tutor_approved),
        bool(row.visible_to_student),
    )
