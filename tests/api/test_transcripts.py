"""Transcripts as JSON, as subtitles and as text."""

import httpx2
import pytest

from api.services import Services
from lessons.results import results_from
from tests.api.conftest import School
from tests.api.held import TRANSCRIPT
from tests.api.signing import as_
from tests.rows import a_lesson


async def read(visitor: httpx2.AsyncClient, school: School, path: str) -> httpx2.Response:
    return await visitor.get(f"/api/lessons/{school.lesson.lesson_id}/{path}", headers=as_(school.people.student_user))


async def test_json_is_what_is_stored(visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await read(visitor, school, "transcript")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == results_from(TRANSCRIPT)


@pytest.mark.parametrize(
    ("name", "media_type", "beginning"),
    [
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT\n\n00:00:00.500 --> 00:00:01.200\n<v Tutor>Where did you\n"),
        ("srt", "application/x-subrip", "1\n00:00:00,500 --> 00:00:01,200\nTutor: Where did you\n"),
        ("txt", "text/plain; charset=utf-8", "[00:00:00] Tutor: Where did you\n"),
    ],
)
async def test_other_formats_are_asked_for_by_query_or_suffix(
    name: str, media_type: str, beginning: str, visitor: httpx2.AsyncClient, school: School
) -> None:
    answers = [await read(visitor, school, path) for path in (f"transcript?format={name}", f"transcript.{name}")]
    for answer in answers:
        assert answer.headers["content-type"] == media_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.text.startswith(beginning)
    assert "<home>" not in answers[0].text or name == "txt"


@pytest.mark.parametrize("path", ["transcript?format=pdf", "transcript.pdf"])
async def test_a_format_that_there_is_not_is_told_as_such(
    path: str, visitor: httpx2.AsyncClient, school: School
) -> None:
    answer = await read(visitor, school, path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_lesson_without_a_transcript_says_so(client: httpx2.AsyncClient, services: Services) -> None:
    lesson = await a_lesson(services["sessions"])
    answer = await client.get(f"/api/lessons/{lesson.lesson_id}/transcript", headers=as_(lesson.tutor_id))
    assert (answer.status_code, answer.json()["code"]) == (404, "no_transcript")
