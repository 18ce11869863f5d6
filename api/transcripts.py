"""Who said what in a lesson, as JSON, as subtitles, or as text."""

import asyncio
import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_json, etag_of, knows, not_modified
from api.lessons import lesson_id_in
from api.problems import Fault, Problem
from api.services import Services
from db.recordings import results_as_text
from lessons.results import transcript_from
from lessons.subtitles import Names, srt, txt, vtt
from lessons.transcript import Speaker, Transcript

NAMES = {Speaker.TUTOR: "Tutor", Speaker.STUDENT: "Student", Speaker.UNKNOWN: "Someone"}

Written = Callable[[Transcript, Names], str]
FORMATS: Mapping[str, tuple[str, Written]] = {
    "vtt": ("text/vtt", vtt),
    "srt": ("application/x-subrip", srt),
    "txt": ("text/plain", txt),
}


async def show_transcript(request: Request[Services]) -> Response:
    """The transcript in the shape of Deepgram's `results`, or as the format that is asked for."""
    wanted = format_asked(request)
    async with asking(request) as person:
        lesson = await person.lesson(lesson_id_in(request))
        if knows(request, lesson.version):
            return not_modified(lesson.version)
        results = await results_as_text(person.session, lesson.id)
    if results is None:
        raise Problem("no_transcript")
    if wanted == "json":
        return as_json(results.encode(), etag=etag_of(lesson.version))
    media_type, _ = FORMATS[wanted]
    content = await asyncio.to_thread(written, results, wanted)
    headers = {"etag": etag_of(lesson.version), "cache-control": "private, no-cache", "vary": "authorization"}
    return Response(content, headers=headers, media_type=media_type)


def format_asked(request: Request[Services]) -> str:
    asked = request.path_params.get("format") or request.query_params.get("format", "json")
    if asked != "json" and asked not in FORMATS:
        raise Problem("invalid", errors=[Fault("format", f"It is json, {', '.join(FORMATS)}.")])
    return str(asked)


def written(results: str, wanted: str) -> bytes:
    _, write = FORMATS[wanted]
    return write(transcript_from(json.loads(results), 1), NAMES).encode()
