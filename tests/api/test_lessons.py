"""Lessons as they are read: page by page, whole, and not again when nothing has changed."""

import base64
import time
from decimal import Decimal
from uuid import uuid4

import httpx2
import pytest

from api.services import Services
from db.lessons import mark_failed, touch
from db.provider_calls import keep_answer, note_asked, note_failed
from db.stages import advance_stage, begin_stage, fail_stage
from lessons.calls import Call, Usage
from lessons.messages import Failure, Stage
from tests.api.conftest import School
from tests.api.signing import as_
from tests.rows import a_lesson, new_people


async def test_pages_follow_each_other_from_the_newest_to_the_last(
    client: httpx2.AsyncClient, services: Services
) -> None:
    people = new_people()
    made = [(await a_lesson(services["sessions"], people)).lesson_id for _ in range(5)]
    seen, query = [], {"limit": "2"}
    for following in (True, True, False):
        page = (await client.get("/api/lessons", params=query, headers=as_(people.tutor))).json()
        assert (page["next"] is not None) == following
        seen.append([lesson["id"] for lesson in page["items"]])
        query["cursor"] = page["next"]
    assert seen == [made[:2:-1], made[2:0:-1], made[:1]]


async def test_the_tutor_is_told_what_a_lesson_cost_and_the_student_is_not(
    client: httpx2.AsyncClient, services: Services
) -> None:
    people = new_people()
    lesson = await a_lesson(services["sessions"], people)
    heard = Call("deepgram", "transcribe", "nova-3", "1", "hash of the sound")
    async with services["sessions"].begin() as session:
        for _ in range(4):
            await note_asked(session, lesson.lesson_id, heard)
        await note_failed(session, heard, "provider_unavailable")
        await keep_answer(session, lesson.lesson_id, heard, b"{}", Usage(60), Decimal("0.0043"), "r")
    seen = [
        (await client.get(f"/api/lessons/{lesson.lesson_id}", headers=as_(person))).json()["cost"]
        for person in (people.tutor, people.student_user or "")
    ]
    told = {"provider": "deepgram", "operation": "transcribe", "model": "nova-3", "usd": 0.0043}
    counts = {"requests": 4, "answers": 1, "failures": 1, "cut": 2}
    assert seen == [{"usd": 0.0043, "calls": [told | counts]}, None]


LIMITS = ["0", "101", "-1", "x", "²", "9999", "0001999999", "0011199999", "1" * 5000]
NO_MOMENTS = ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2026-01-01"]
CURSORS = ["x", "eHl6", *(base64.urlsafe_b64encode(f"{one} {uuid4()}".encode()).decode() for one in NO_MOMENTS)]


@pytest.mark.parametrize("query", [*(f"limit={one}" for one in LIMITS), *(f"cursor={one}" for one in CURSORS)])
async def test_a_page_that_cannot_be_is_refused(query: str, visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await visitor.get(f"/api/lessons?{query}", headers=as_(school.people.tutor))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [fault["field"] for fault in answer.json()["errors"]] == [query.partition("=")[0]]


async def test_a_lesson_tells_all_that_was_made(visitor: httpx2.AsyncClient, school: School) -> None:
    lesson = school.lesson
    answer = await visitor.get(f"/api/lessons/{lesson.lesson_id}", headers=as_(lesson.tutor_id))
    told = answer.json()
    assert (told["id"], told["booking_id"]) == (lesson.lesson_id, lesson.booking_id)
    assert (told["tutor_id"], told["student_id"]) == (lesson.tutor_id, lesson.student_id)
    assert (told["status"], told["final"], told["error"], told["degraded"]) == ("completed", True, None, [])
    assert [stage["stage"] for stage in told["stages"]] == [stage.value for stage in Stage]
    assert {stage["status"] for stage in told["stages"]} == {"done"}
    assert told["counts"] == {"mistakes": 2, "drills": 2, "clips": 3, "chunks": 1}
    assert (told["summary"], told["summary_md"]) == ("They spoke.", "**They** spoke.")
    assert told["key_points"] == ["past tense"]
    assert told["roadmap"] == [{"id": "tense", "topic": "Past tense", "status": "active"}]
    assert told["temporal_ui"] == f"http://temporal.test/namespaces/default/workflows/lesson-{lesson.booking_id}"
    assert told["links"]["self"] == f"http://studio.test/api/lessons/{lesson.lesson_id}"
    for name in ("transcript", "mistakes", "drills", "clips"):
        assert (await visitor.get(told["links"][name], headers=as_(lesson.tutor_id))).status_code == 200


async def test_a_failed_lesson_tells_what_failed(client: httpx2.AsyncClient, services: Services) -> None:
    lesson = await a_lesson(services["sessions"])
    failure = Failure(Stage.FETCH, "recording_missing", "The recording is not in storage. Upload it again.")
    async with services["sessions"].begin() as session:
        await mark_failed(session, lesson, failure)
        await fail_stage(session, lesson.lesson_id, failure)
    told = (await client.get(f"/api/lessons/{lesson.lesson_id}", headers=as_(lesson.tutor_id))).json()
    error = {"stage": "fetch", "code": "recording_missing", "sentence": failure.sentence}
    assert (told["status"], told["final"], told["error"]) == ("failed", True, error)
    assert [(stage["stage"], stage["status"], stage["error"]) for stage in told["stages"]] == [
        ("fetch", "failed", error)
    ]


async def test_a_running_stage_tells_how_far_it_is(client: httpx2.AsyncClient, services: Services) -> None:
    lesson = await a_lesson(services["sessions"])
    async with services["sessions"].begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.TRANSCRIBE)
        await advance_stage(session, lesson.lesson_id, Stage.TRANSCRIBE, 0.25)
    told = (await client.get(f"/api/lessons/{lesson.lesson_id}", headers=as_(lesson.tutor_id))).json()
    assert (told["status"], told["stage"], told["final"]) == ("processing", "transcribe", False)
    assert [(one["stage"], one["status"], one["progress"]) for one in told["stages"]] == [
        ("transcribe", "running", 0.25)
    ]


@pytest.mark.parametrize("path", ["", "/transcript", "/transcript.vtt", "/mistakes", "/drills"])
async def test_what_has_not_changed_is_not_sent_again(path: str, visitor: httpx2.AsyncClient, school: School) -> None:
    here, me = f"/api/lessons/{school.lesson.lesson_id}{path}", school.people.tutor
    first = await visitor.get(here, headers=as_(me))
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await visitor.get(here, headers=as_(me, **{"if-none-match": known}))
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await visitor.get(here, headers=as_(me, **{"if-none-match": '"0"'}))).status_code == 200
    assert first.headers["cache-control"].startswith("private")
    assert first.headers["vary"] == "authorization"


async def test_a_page_that_has_not_changed_is_not_sent_again(client: httpx2.AsyncClient, services: Services) -> None:
    lesson = await a_lesson(services["sessions"])
    headers = as_(lesson.tutor_id)
    tag = (await client.get("/api/lessons", headers=headers)).headers["etag"]
    known = headers | {"if-none-match": tag}
    assert (await client.get("/api/lessons", headers=known)).status_code == 304
    async with services["sessions"].begin() as session:
        await touch(session, lesson.lesson_id)
        await mark_failed(session, lesson, Failure(Stage.FETCH, "not_media", "."))
    assert (await client.get("/api/lessons", headers=known)).status_code == 200


async def test_a_change_gives_a_new_etag(client: httpx2.AsyncClient, services: Services) -> None:
    lesson = await a_lesson(services["sessions"])
    here, headers = f"/api/lessons/{lesson.lesson_id}", as_(lesson.tutor_id)
    before = (await client.get(here, headers=headers)).headers["etag"]
    async with services["sessions"].begin() as session:
        await touch(session, lesson.lesson_id)
    answer = await client.get(here, headers=headers | {"if-none-match": before})
    assert (answer.status_code, answer.headers["etag"] != before) == (200, True)


async def test_drills_are_told_as_the_players_take_them(visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await visitor.get(
        f"/api/lessons/{school.lesson.lesson_id}/drills", headers=as_(school.people.student_user)
    )
    (drill,) = answer.json()["items"]
    assert drill["content"]["data"] == {"words": ["went", "I", "1"], "solution": ["I", "went", "1"]}
    assert (drill["visible_to_student"], drill["seconds"], drill["focus"]) == (True, 4, "tense")


async def test_mistakes_are_told_with_their_evidence(visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await visitor.get(f"/api/lessons/{school.lesson.lesson_id}/mistakes", headers=as_(school.people.tutor))
    first, second = answer.json()["items"]
    assert (first["said"], first["better"], first["start"], first["end"]) == ("goed", "went", 3.2, 3.7)
    assert (first["type"], first["evidence"], first["confidence"]) == ("tense", "recast", 0.8)
    assert (first["needs_review"], second["needs_review"]) == (False, True)


async def test_clips_have_links_that_play_for_five_minutes_and_never_a_storage_key(
    visitor: httpx2.AsyncClient, school: School
) -> None:
    answer = await visitor.get(f"/api/lessons/{school.lesson.lesson_id}/clips", headers=as_(school.people.tutor))
    clips = answer.json()["items"]
    assert [clip["start"] for clip in clips] == [0, 20, 40]
    assert answer.headers["etag"].startswith('"')
    assert [clip["url"] is None for clip in clips] == [False, True, False]
    played = await visitor.get(clips[0]["url"])
    assert (played.status_code, played.content) == (200, b"a clip " * 100)
    assert int(httpx2.URL(clips[0]["url"]).params["expires"]) <= time.time() + 300
    assert all("storage_path" not in clip for clip in clips)
