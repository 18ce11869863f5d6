"""The marketing clips of a lesson."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_tagged_json
from api.lessons import lesson_id_in
from api.services import Services
from db.clips import clips_of
from db.models import MarketingClip
from lessons.ports import FileStore


class ClipShown(msgspec.Struct):
    """A span of the lesson in seconds; `url` plays it for five minutes and is null where there is no file.

    `viral_score` (0..1) is the tutor's to see.
    """

    id: str
    start: float | None
    end: float | None
    title: str | None
    transcript_snippet: str | None
    viral_score: float | None
    tutor_approved: bool
    url: str | None


class ClipList(msgspec.Struct):
    items: list[ClipShown]


async def list_clips(request: Request[Services]) -> Response:
    """The clips you may see, best first; a student is shown those that the tutor has approved."""
    async with asking(request) as person:
        lesson = await person.lesson(lesson_id_in(request))
        found = await clips_of(person.session, lesson.id)
        teaches = person.teaches(lesson)
    store = request.state["recordings"]
    shown = [await clip_shown(row, store, teaches) for row in found if teaches or row.tutor_approved]
    return as_tagged_json(request, ClipList(shown))


async def clip_shown(row: MarketingClip, store: FileStore, teaches: bool) -> ClipShown:
    return ClipShown(
        row.id,
        row.start_time,
        row.end_time,
        row.title,
        row.transcript_snippet,
        row.viral_score if teaches else None,
        bool(row.tutor_approved),
        await store.signed_url(row.storage_path) if row.storage_path else None,
    )
