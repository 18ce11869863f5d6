"""The clips of a lesson: a span is one clip, and what a person approved stays."""

from dataclasses import replace

from sqlalchemy import text

from db.clips import clip_id_of, clips_of, count_clips, drop_clips_but, keep_clip
from db.models import MarketingClip
from db.session import Sessions
from lessons.highlights import Highlight
from lessons.messages import Lesson

BEST = Highlight(10.0, 40.5, 0.8, "What a trip", "What a trip that was")
GOOD = Highlight(60.0, 90.0, 0.6, "Again", "Again please")


def key_of(highlight: Highlight) -> str:
    return f"lessons/1/clips/{highlight.start:.0f}.mp4"


async def keep(sessions: Sessions, lesson: Lesson, *highlights: Highlight) -> None:
    async with sessions.begin() as session:
        for one in highlights:
            await keep_clip(session, lesson, one, key_of(one))


async def rows_of(sessions: Sessions, lesson: Lesson) -> list[MarketingClip]:
    async with sessions() as session:
        rows = list(await clips_of(session, lesson.lesson_id))
        assert await count_clips(session, lesson.lesson_id) == len(rows)
    return rows


async def approved(sessions: Sessions, highlight: Highlight) -> None:
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE public.marketing_clips SET tutor_approved = true WHERE start_time = :start"),
            {"start": highlight.start},
        )


def clip_id(lesson: Lesson, highlight: Highlight) -> str:
    return clip_id_of(lesson.lesson_id, highlight.start, highlight.end)


async def test_clips_are_read_back_best_first_and_wait_for_approval(sessions: Sessions, recorded: Lesson) -> None:
    for _ in range(2):
        await keep(sessions, recorded, GOOD, BEST)
    best, good = await rows_of(sessions, recorded)
    assert (good.id, best.id) == (clip_id(recorded, GOOD), clip_id(recorded, BEST))
    assert (best.start_time, best.end_time, best.viral_score, best.title, best.transcript_snippet) == (
        BEST.start,
        BEST.end,
        BEST.viral_score,
        BEST.title,
        BEST.snippet,
    )
    assert (best.storage_path, best.tutor_id, best.tutor_approved, best.is_public) == (
        key_of(BEST),
        recorded.tutor_id,
        False,
        False,
    )


async def test_a_clip_that_is_made_again_stays_as_a_person_left_it(sessions: Sessions, recorded: Lesson) -> None:
    await keep(sessions, recorded, BEST)
    await approved(sessions, BEST)
    await keep(sessions, recorded, replace(BEST, viral_score=0.1, title="Other"))
    (row,) = await rows_of(sessions, recorded)
    assert (row.tutor_approved, row.viral_score, row.title) == (True, BEST.viral_score, BEST.title)


async def test_a_span_without_a_file_gets_one_when_it_is_cut(sessions: Sessions, recorded: Lesson) -> None:
    async with sessions.begin() as session:
        await keep_clip(session, recorded, BEST, storage_path="")
    await keep(sessions, recorded, BEST)
    (row,) = await rows_of(sessions, recorded)
    assert row.storage_path == key_of(BEST)


async def test_clips_that_are_not_chosen_again_go_unless_they_are_approved(
    sessions: Sessions, recorded: Lesson
) -> None:
    await keep(sessions, recorded, BEST, GOOD)
    await approved(sessions, GOOD)
    for dropped in ([key_of(BEST)], []):
        async with sessions.begin() as session:
            assert await drop_clips_but(session, recorded.lesson_id, []) == dropped
    assert [row.id for row in await rows_of(sessions, recorded)] == [clip_id(recorded, GOOD)]


async def test_clips_that_are_chosen_again_and_spans_without_a_file_leave_nothing_to_delete(
    sessions: Sessions, recorded: Lesson
) -> None:
    await keep(sessions, recorded, BEST)
    async with sessions.begin() as session:
        await keep_clip(session, recorded, GOOD, storage_path="")
    async with sessions.begin() as session:
        assert await drop_clips_but(session, recorded.lesson_id, [clip_id(recorded, BEST)]) == []
    assert [row.id for row in await rows_of(sessions, recorded)] == [clip_id(recorded, BEST)]
