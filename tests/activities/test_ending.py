"""How a lesson ends: completed, failed or cancelled."""

from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.recordings import Recordings
from db.clips import keep_clip
from db.roadmaps import keep_roadmap
from db.session import Sessions
from db.stages import begin_stage
from lessons.capture import RecordedFile
from lessons.highlights import Highlight
from lessons.messages import Failure, Lesson, LessonReport, Nothing, Stage
from lessons.roadmap import Node
from lessons.transcript import Transcript
from tests.activities.scenes import (
    NOT_MEDIA,
    RECORDING,
    arrived,
    part,
    recording_of,
    settled,
    spoken,
    stages_shown,
    state_of,
)
from tests.rows import all_rows

NO_CLIPS = Failure(Stage.CLIP, "clip_failed", "A clip could not be rendered.")


async def test_a_completed_lesson_shows_the_stages_that_failed(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    for _ in range(2):
        await env.run(recordings.complete, lesson, LessonReport(mistakes=3, degraded=(NO_CLIPS,)))
        assert await stages_shown(sessions, lesson) == {"clip": ("failed", 0)}
        state = await state_of(sessions, lesson)
        assert (state.status, [one["code"] for one in state.degraded]) == ("completed", ["clip_failed"])
    assert (await recording_of(sessions, lesson)).status == "completed"


async def test_a_lesson_with_nothing_in_it_skips_what_it_did_not_begin(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.settle, lesson)
    for _ in range(2):
        await env.run(recordings.complete, lesson, LessonReport(nothing=Nothing.NOT_RECORDED))
    skipped = ("fetch", "transcribe", "extract", "clip", "index")
    assert await stages_shown(sessions, lesson) == {"capture": ("done", 1), **dict.fromkeys(skipped, ("skipped", 0))}
    assert (await state_of(sessions, lesson)).nothing == "not_recorded"


async def test_a_lesson_is_not_completed_without_a_recording_that_arrived_meanwhile(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await arrived(sessions, lesson, RecordedFile(RECORDING, 9))
    await env.run(recordings.settle, lesson)
    await arrived(sessions, lesson, RecordedFile("lessons/1/late.mp4", 9))
    for _ in range(2):
        assert await env.run(recordings.complete, lesson, LessonReport())
    assert (await state_of(sessions, lesson)).status == "processing"
    await env.run(recordings.settle, lesson)
    assert not await env.run(recordings.complete, lesson, LessonReport())
    assert (await state_of(sessions, lesson)).status == "completed"


async def test_a_lesson_that_was_deleted_meanwhile_is_shown_nowhere_and_nobody_fails_over_it(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM public.bookings"))
    await env.run(recordings.mark_failed, lesson, NOT_MEDIA)
    await env.run(recordings.mark_degraded, lesson, NOT_MEDIA)
    await env.run(recordings.mark_cancelled, lesson)
    assert await env.run(recordings.complete, lesson, LessonReport(degraded=(NOT_MEDIA,))) is False


async def test_a_failed_lesson_tells_its_stage_code_and_sentence(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    for _ in range(2):
        await env.run(recordings.mark_failed, lesson, NOT_MEDIA)
    state = await state_of(sessions, lesson)
    assert (state.status, state.stage, state.error_code) == ("failed", "fetch", "not_media")
    assert await stages_shown(sessions, lesson) == {"fetch": ("failed", 0)}
    assert (await recording_of(sessions, lesson)).status == "failed"


async def test_a_failed_lesson_that_is_fetched_again_is_on_its_way_again(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    await env.run(recordings.mark_failed, lesson, NOT_MEDIA)
    await env.run(recordings.fetch, lesson)
    state = await state_of(sessions, lesson)
    assert (state.status, state.error_code) == ("processing", None)


async def test_what_could_not_be_done_after_completion_is_told_once(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    refused = Failure(Stage.NOTIFY, "mail_refused", "The mail server refused a message.")
    await env.run(recordings.complete, lesson, LessonReport())
    for _ in range(2):
        await env.run(recordings.mark_degraded, lesson, refused)
    state = await state_of(sessions, lesson)
    assert (state.status, [one["code"] for one in state.degraded]) == ("completed", ["mail_refused"])
    assert await stages_shown(sessions, lesson) == {"notify": ("failed", 0)}


async def test_a_cancelled_lesson_keeps_what_was_made_of_it(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    await spoken(sessions, lesson, Transcript(()))
    made = Highlight(3.0, 9.0, 0.5, "A moment", "A moment worth a clip.")
    async with sessions.begin() as session:
        await keep_clip(session, lesson, made, "lessons/1/clips/1.mp4")
        await keep_roadmap(session, lesson, "Next", [Node("1", "Articles", "active")])
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
    kept = ("marketing_clips", "learning_roadmaps", "recording_parts")
    before = {table: rows for table, rows in (await all_rows(sessions)).items() if table.endswith(kept)}
    await env.run(recordings.mark_cancelled, lesson)
    assert {table: rows for table, rows in (await all_rows(sessions)).items() if table.endswith(kept)} == before
    assert len(before) == len(kept)
    assert (await recording_of(sessions, lesson)).transcript_json is not None
    assert (await state_of(sessions, lesson)).stage == "clip"


async def test_a_completed_lesson_that_is_cancelled_stays_completed_and_says_so(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.settle, lesson)
    assert not await env.run(recordings.mark_cancelled, lesson)
    await env.run(recordings.complete, lesson, LessonReport())
    assert await env.run(recordings.mark_cancelled, lesson)
    assert (await state_of(sessions, lesson)).status == "completed"


async def test_a_cancelled_lesson_leaves_no_stage_running(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.settle, lesson)
    async with sessions.begin() as session:
        for stage in (Stage.EXTRACT, Stage.CLIP):
            await begin_stage(session, lesson.lesson_id, stage)
    for _ in range(2):
        await env.run(recordings.mark_cancelled, lesson)
    assert await stages_shown(sessions, lesson) == {
        "capture": ("done", 1),
        "extract": ("cancelled", 0),
        "clip": ("cancelled", 0),
    }
    assert (await state_of(sessions, lesson)).status == "cancelled"
