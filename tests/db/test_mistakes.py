"""The mistakes of a lesson: found twice they are stored once."""

from dataclasses import replace

import pytest

from db.counts import counts_of
from db.mistakes import keep_mistakes, mistakes_of
from db.models import LessonMistake
from db.session import Sessions
from lessons.messages import Lesson
from lessons.mistakes import Evidence, Mistake, MistakeType

WENT = Mistake(
    said="go",
    better="went",
    start=12.25,
    end=12.5,
    type=MistakeType.TENSE,
    evidence=Evidence.RECAST,
    confidence=0.9,
    needs_review=False,
    explanation="Yesterday is over: past tense.",
    sentence="Yesterday I go home.",
    corrected="Yesterday I went home.",
)
ARTICLE = replace(WENT, said="a", better="", start=3.0, end=3.1, type=MistakeType.ARTICLE, evidence=Evidence.NONE)


async def kept(sessions: Sessions, lesson: Lesson, *mistakes: Mistake) -> list[LessonMistake]:
    async with sessions.begin() as session:
        await keep_mistakes(session, lesson, mistakes)
    async with sessions() as session:
        rows = list(await mistakes_of(session, lesson.lesson_id))
        assert (await counts_of(session, lesson.lesson_id)).mistakes == len(rows)
    return rows


def read_back(row: LessonMistake) -> Mistake:
    return Mistake(
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


async def test_mistakes_are_read_back_in_order_of_time_and_keep_their_ids(sessions: Sessions, lesson: Lesson) -> None:
    first = await kept(sessions, lesson, WENT, ARTICLE)
    again = await kept(sessions, lesson, ARTICLE, WENT)
    assert [read_back(row) for row in first] == [read_back(row) for row in again] == [ARTICLE, WENT]
    assert [row.id for row in first] == [row.id for row in again]
    assert {(row.tutor_id, row.student_id) for row in again} == {(lesson.tutor_id, lesson.student_id)}


async def test_a_mistake_seen_anew_is_told_as_it_is_seen_now(sessions: Sessions, lesson: Lesson) -> None:
    (before,) = await kept(sessions, lesson, WENT)
    seen = replace(
        WENT,
        end=12.75,
        type=MistakeType.FORM,
        evidence=Evidence.EXPLICIT,
        confidence=0.5,
        needs_review=True,
        explanation="Irregular.",
        sentence="I go home.",
        corrected="I went home.",
    )
    (after,) = await kept(sessions, lesson, seen)
    assert (after.id, read_back(after)) == (before.id, seen)


async def test_a_mistake_told_twice_at_once_is_one(sessions: Sessions, lesson: Lesson) -> None:
    surer = replace(WENT, confidence=0.95)
    assert [read_back(row) for row in await kept(sessions, lesson, WENT, surer)] == [surer]


@pytest.mark.parametrize("found", [[WENT], []])
async def test_what_is_no_longer_a_mistake_goes(sessions: Sessions, lesson: Lesson, found: list[Mistake]) -> None:
    await kept(sessions, lesson, WENT, ARTICLE)
    assert [read_back(row) for row in await kept(sessions, lesson, *found)] == found
