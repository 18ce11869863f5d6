"""The lesson as the TutorLingua app reads it: one row, filled step by step."""

import json

from db.lessons import set_seconds
from db.models import LessonRecording
from db.recordings import (
    keep_recording,
    keep_summary,
    keep_transcript,
    note_told,
    results_as_text,
    summary_of,
    utterances_as_text,
)
from db.session import Sessions
from lessons.capture import Part, RecordedFile
from lessons.messages import Lesson

PART = Part(0, "EV_1", "EG_1", RecordedFile("lessons/1/a.mp4"))
RESULTS = {"channels": [], "utterances": [{"transcript": "Grüße, “naïve” 日本 — ok", "start": 0.5}]}


async def row_of(sessions: Sessions, lesson: Lesson) -> LessonRecording:
    async with sessions() as session:
        return await session.get_one(LessonRecording, lesson.lesson_id)


async def keep(sessions: Sessions, lesson: Lesson, *parts: Part) -> None:
    async with sessions.begin() as session:
        await keep_recording(session, lesson, parts)


async def test_a_lesson_has_one_row_however_often_it_is_kept(sessions: Sessions, recorded: Lesson) -> None:
    await keep(sessions, recorded, Part(0, "EV_2", "EG_2", RecordedFile("lessons/1/b.mp4")), PART)
    row = await row_of(sessions, recorded)
    assert (row.id, row.booking_id, row.tutor_id, row.student_id) == (
        recorded.lesson_id,
        recorded.booking_id,
        recorded.tutor_id,
        recorded.student_id,
    )
    assert (row.storage_path, row.egress_id, row.status) == ("lessons/1/b.mp4", "EG_2", "processing")


async def test_lessons_without_an_egress_do_not_stand_in_each_others_way(sessions: Sessions, recorded: Lesson) -> None:
    await keep(sessions, recorded, Part(0, "EV_3", "", RecordedFile(transcript_key="imports/1/t.json")))
    row = await row_of(sessions, recorded)
    assert (row.storage_path, row.egress_id) == ("", None)


async def test_a_row_that_is_kept_again_keeps_what_was_found(sessions: Sessions, recorded: Lesson) -> None:
    async with sessions.begin() as session:
        await keep_transcript(session, recorded.lesson_id, json.dumps(RESULTS), ["en"])
    await keep(sessions, recorded, PART)
    async with sessions() as session:
        assert json.loads(await results_as_text(session, recorded.lesson_id) or "") == RESULTS


async def test_the_app_is_shown_how_far_a_lesson_is(sessions: Sessions, recorded: Lesson) -> None:
    async with sessions.begin() as session:
        await set_seconds(session, recorded.lesson_id, 60.6)
    row = await row_of(sessions, recorded)
    assert (row.status, row.duration_seconds) == ("transcribing", 61)
    async with sessions.begin() as session:
        await keep_transcript(session, recorded.lesson_id, json.dumps(RESULTS), ["en", "es"])
    row = await row_of(sessions, recorded)
    assert (row.status, row.detected_languages, row.tutor_speaker_id, row.student_speaker_id) == (
        "analyzing",
        ["en", "es"],
        0,
        1,
    )


async def test_a_transcript_is_read_back_as_it_was_kept_or_without_what_channels_repeat(
    sessions: Sessions, recorded: Lesson
) -> None:
    async with sessions.begin() as session:
        assert await results_as_text(session, recorded.lesson_id) is None
        assert await utterances_as_text(session, recorded.lesson_id) is None
        await keep_transcript(session, recorded.lesson_id, json.dumps(RESULTS), ["en"])
        stored = await results_as_text(session, recorded.lesson_id)
        spoken = await utterances_as_text(session, recorded.lesson_id)
    assert json.loads(stored or "") == RESULTS
    assert json.loads(spoken or "") == RESULTS | {"channels": [{}, {}]}


async def test_a_summary_is_read_back_and_empty_where_there_is_none(sessions: Sessions, recorded: Lesson) -> None:
    async with sessions.begin() as session:
        assert await summary_of(session, recorded.lesson_id) == ("", "", [])
        for _ in range(2):
            await keep_summary(session, recorded.lesson_id, "About travel.", "## Travel", ("past", "articles"))
        assert await summary_of(session, recorded.lesson_id) == ("About travel.", "## Travel", ["past", "articles"])


async def test_a_lesson_without_a_recording_has_no_summary(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions() as session:
        assert await summary_of(session, lesson.lesson_id) == ("", "", [])


async def test_it_is_noted_when_the_tutor_was_told(sessions: Sessions, recorded: Lesson) -> None:
    assert (await row_of(sessions, recorded)).tutor_notified_at is None
    async with sessions.begin() as session:
        await note_told(session, recorded.lesson_id)
    assert (await row_of(sessions, recorded)).tutor_notified_at is not None
