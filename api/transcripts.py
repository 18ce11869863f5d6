"""Who said what in a lesson, as JSON, as subtitles, or as text."""

import asyncio
import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import etag_of, knows, not_modified, private
from api.lessons import lesson_id_in
from api.problems import Fault, Problem
from api.services import Services
from db.recordings import results_as_text
from lessons.results import transcript_from
from lessons.subtitles import Names, srt, txt, vtt
from lessons.transcript import Speaker, Transcript

NAMES = {Speaker.TUTOR: "Tutor", Speaker.STUDENT: "Student", Speaker.UNKNOWN: "Someone"}

Write = Callable[[Transcript, Names], str]


def read_by(write: Write) -> Callable[[str], bytes]:
    return lambda results: write(transcript_from(json.loads(results), 1), NAMES).encode()


FORMATS: Mapping[str, tuple[str, Callable[[str], bytes]]] = {
    "json": ("application/json", str.encode),
    "vtt": ("text/vtt", read_by(vtt)),
    "srt": ("application/x-subrip", read_by(srt)),
    "txt": ("text/plain", read_by(txt)),
}
"""How each format is called, and how it is made of the results as they are stored."""


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
    media_type, write = FORMATS[wanted]
    content = await asyncio.to_thread(write, results)
    return private(content, media_type, etag=etag_of(lesson.version))


def format_asked(request: Request[Services]) -> str:
    asked = request.path_params.get("format") or request.query_params.get("format", "json")
    if asked not in FORMATS:
        raise Problem("invalid", errors=[Fault("format", f"It is one of {', '.join(FORMATS)}.")])
    return str(asked)
