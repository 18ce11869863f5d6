"""The stages of a lesson, as they begin, go on and end."""

import pytest
from sqlalchemy import text

from db.classrooms import open_classroom
from db.lessons import mark_failed
from db.models import LessonStage, LessonState
from db.session import Sessions
from db.stages import Begun, advance_stage, begin_stage, end, fail_stage, finish_stage, running_stages, stages_of
from lessons.messages import Failure, Lesson, LessonStatus, Stage, StageStatus

NO_CLIPS = Failure(Stage.CLIP, "clip_failed", "A clip could not be rendered.")


async def only_stage(sessions: Sessions, lesson: Lesson) -> LessonStage:
    async with sessions() as session:
        (row,) = await stages_of(session, lesson.lesson_id)
    return row


async def test_a_stage_runs_from_its_beginning_to_its_end(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.FETCH)
    begun = await only_stage(sessions, lesson)
    assert (begun.status, begun.progress, begun.attempt, begun.ended_at) == ("running", 0, 1, None)
    async with sessions.begin() as session:
        await finish_stage(session, lesson.lesson_id, Stage.FETCH)
    ended = await only_stage(sessions, lesson)
    assert (ended.status, ended.progress, ended.started_at) == ("done", 1, begun.started_at)
    assert ended.ended_at is not None


@pytest.mark.parametrize(
    ("told", "shown"), [([0.2, 0.6], 0.6), ([0.6, 0.2], 0.6), ([7.0], 1.0), ([-1.0], 0.0), ([], 0.0)]
)
async def test_progress_never_goes_back_and_stays_between_none_and_all(
    sessions: Sessions, lesson: Lesson, told: list[float], shown: float
) -> None:
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.FETCH)
        for share in told:
            await advance_stage(session, lesson.lesson_id, Stage.FETCH, share)
    assert (await only_stage(sessions, lesson)).progress == shown


async def test_a_stage_that_has_ended_goes_no_further(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await fail_stage(session, lesson.lesson_id, NO_CLIPS)
        await advance_stage(session, lesson.lesson_id, Stage.CLIP, 0.5)
    row = await only_stage(sessions, lesson)
    assert (row.status, row.progress) == ("failed", 0)


async def test_a_stage_that_runs_and_is_begun_again_goes_on_from_where_it_is(
    sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
        await advance_stage(session, lesson.lesson_id, Stage.CLIP, 0.5)
    begun = await only_stage(sessions, lesson)
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.CLIP, attempt=2)
    again = await only_stage(sessions, lesson)
    assert (again.status, again.progress, again.attempt, again.started_at) == ("running", 0.5, 2, begun.started_at)


async def test_a_stage_that_had_ended_begins_anew(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
        await advance_stage(session, lesson.lesson_id, Stage.CLIP, 0.5)
        await fail_stage(session, lesson.lesson_id, NO_CLIPS)
    failed = await only_stage(sessions, lesson)
    assert (failed.status, failed.code, failed.sentence) == ("failed", NO_CLIPS.code, NO_CLIPS.sentence)
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
    again = await only_stage(sessions, lesson)
    assert (again.status, again.progress, again.code, again.sentence, again.ended_at) == (
        "running",
        0,
        None,
        None,
        None,
    )


async def test_a_stage_may_end_without_having_begun(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await fail_stage(session, lesson.lesson_id, NO_CLIPS)
        await end(session, lesson.lesson_id, [Stage.EXTRACT, Stage.INDEX], StageStatus.SKIPPED)
    async with sessions() as session:
        told = [(row.stage, row.status, row.started_at) for row in await stages_of(session, lesson.lesson_id)]
    assert told == [("extract", "skipped", None), ("clip", "failed", None), ("index", "skipped", None)]


async def test_a_stage_done_after_a_failure_forgets_it(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await fail_stage(session, lesson.lesson_id, NO_CLIPS)
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
        await finish_stage(session, lesson.lesson_id, Stage.CLIP)
    row = await only_stage(sessions, lesson)
    assert (row.status, row.code, row.sentence) == ("done", None, None)


async def test_a_late_finish_does_not_make_a_cancelled_stage_done(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
        await end(session, lesson.lesson_id, [Stage.CLIP], StageStatus.CANCELLED)
        await finish_stage(session, lesson.lesson_id, Stage.CLIP)
    row = await only_stage(sessions, lesson)
    assert (row.status, row.progress) == ("cancelled", 0)


async def test_the_stages_that_run_are_told_in_order(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        for stage in (Stage.INDEX, Stage.FETCH, Stage.CLIP):
            await begin_stage(session, lesson.lesson_id, stage)
        await finish_stage(session, lesson.lesson_id, Stage.FETCH)
        assert await running_stages(session, lesson.lesson_id) == [Stage.CLIP, Stage.INDEX]


async def test_a_stage_of_a_lesson_that_has_ended_is_not_shown_as_running(sessions: Sessions, lesson: Lesson) -> None:
    async with sessions.begin() as session:
        await mark_failed(session, lesson, NO_CLIPS)
        before = (await session.get_one(LessonState, lesson.lesson_id, populate_existing=True)).version
        assert not await begin_stage(session, lesson.lesson_id, Stage.CLIP)
        assert await stages_of(session, lesson.lesson_id) == []
        assert (await session.get_one(LessonState, lesson.lesson_id, populate_existing=True)).version == before
        assert await begin_stage(session, lesson.lesson_id, Stage.NOTIFY, within=(LessonStatus.FAILED,))
    assert (await only_stage(sessions, lesson)).status == "running"


async def test_every_change_of_a_stage_is_a_new_version_of_the_lesson(sessions: Sessions, lesson: Lesson) -> None:
    async def version() -> int:
        return (await session.get_one(LessonState, lesson.lesson_id, populate_existing=True)).version

    async with sessions.begin() as session:
        versions = [await version()]
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
        versions.append(await version())
        await advance_stage(session, lesson.lesson_id, Stage.CLIP, 0.5)
        versions.append(await version())
        await fail_stage(session, lesson.lesson_id, NO_CLIPS)
        versions.append(await version())
        await finish_stage(session, lesson.lesson_id, Stage.CLIP)
        versions.append(await version())
    assert versions == [1, 2, 3, 4, 5]


async def test_a_stage_that_begins_tells_whether_a_computer_may_work_on_the_lesson(
    sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        assert await begin_stage(session, lesson.lesson_id, Stage.INDEX) == Begun(may_analyse=True)
        await open_classroom(session, lesson.booking_id)
        assert await begin_stage(session, lesson.lesson_id, Stage.INDEX) == Begun(may_analyse=False)


async def test_a_lesson_that_was_deleted_has_no_stages_and_nobody_fails_over_it(
    sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM public.bookings"))
        await fail_stage(session, lesson.lesson_id, Failure(Stage.FETCH, "not_found", "."))
        await finish_stage(session, lesson.lesson_id, Stage.CLIP)
        assert await stages_of(session, lesson.lesson_id) == []
