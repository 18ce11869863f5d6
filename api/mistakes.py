"""The mistakes a student made in a lesson."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_tagged_json
from api.lessons import lesson_id_in
from api.services import Services
from db.mistakes import mistakes_of
from db.models import LessonMistake
from lessons.mistakes import Evidence, MistakeType


class MistakeShown(msgspec.Struct):
    """`said` stands in the student's own words from `start` to `end`, seconds of the lesson; confidence is 0..1."""

    id: str
    said: str
    better: str
    start: float
    end: float
    type: MistakeType
    evidence: Evidence
    confidence: float
    needs_review: bool
    explanation: str
    sentence: str
    corrected: str


class MistakeList(msgspec.Struct):
    items: list[MistakeShown]


async def list_mistakes(request: Request[Services]) -> Response:
    """The mistakes you may see, in order of time; a student is shown none that still need a look."""
    async with asking(request) as person:
        lesson = await person.lesson(lesson_id_in(request))
        shown = [mistake_shown(row) for row in await mistakes_of(person.session, lesson.id)]
    return as_tagged_json(request, MistakeList(shown))


def mistake_shown(row: LessonMistake) -> MistakeShown:
    return MistakeShown(
        row.id,
        row.said,
        row.better,
        row.start_seconds,
        row.end_seconds,
        MistakeType(row.type),
        Evidence(row.evidence),
        row.confidence,
        row.needs_review,
        row.explanation,
        row.sentence,
        row.corrected,
    )
