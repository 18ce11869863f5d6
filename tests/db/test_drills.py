"""The drills of a lesson: made twice they are stored once, and what a person has begun stays."""

import pytest
from sqlalchemy import text

from db.counts import counts_of
from db.drills import drills_of, keep_drills
from db.models import LessonDrill
from db.session import Sessions
from lessons.drills import Drill, DrillType, as_fix, as_gap_fill
from lessons.messages import Lesson


def a_fix(word: str, seconds: float = 12.9, focus: str = "tense") -> Drill:
    data = {
        "sentence": "Yesterday I ___ home.",
        "answer": word,
        "options": [word, "go"],
        "original": "Yesterday I go home.",
        "correction": f"Yesterday I {word} home.",
        "explanation": "Irregular: “go”.",
    }
    return Drill(DrillType.FIX, {"type": "fix", "prompt": "Choose what is right.", "data": data}, seconds, focus)


WENT, WALKED = a_fix("went", 12.9), a_fix("walked", 3.2, "word choice")


async def keep(sessions: Sessions, lesson: Lesson, *drills: Drill) -> list[LessonDrill]:
    async with sessions.begin() as session:
        await keep_drills(session, lesson, drills, [as_fix(one) for one in drills])
    async with sessions() as session:
        rows = list(await drills_of(session, lesson.lesson_id))
        assert (await counts_of(session, lesson.lesson_id)).drills == len(rows)
    return rows


async def put(sessions: Sessions, change: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(f"UPDATE public.lesson_drills SET {change}"))


async def test_drills_made_twice_are_there_once_in_order_of_the_lesson(sessions: Sessions, recorded: Lesson) -> None:
    first = await keep(sessions, recorded, WENT, WALKED)
    again = await keep(sessions, recorded, WALKED, WENT)
    assert [row.content for row in again] == [WALKED.content, WENT.content]
    assert [row.id for row in again] == [row.id for row in first]
    assert [(row.source_timestamp_seconds, row.focus_area) for row in again] == [(3, "word choice"), (12, "tense")]
    assert [(row.drill_type, row.source) for row in again] == [
        ("vocabulary", "auto_vocabulary"),
        ("grammar", "auto_grammar"),
    ]


async def test_a_new_drill_is_hidden_until_the_tutor_approves_it(sessions: Sessions, recorded: Lesson) -> None:
    (row,) = await keep(sessions, recorded, WENT)
    assert (row.status, row.visible_to_student, row.tutor_approved, row.is_completed) == (
        "pending",
        False,
        False,
        False,
    )
    assert (row.tutor_id, row.student_id) == (recorded.tutor_id, recorded.student_id)


async def test_the_same_drill_in_another_rendering_is_the_same_drill(sessions: Sessions, recorded: Lesson) -> None:
    (before,) = await keep(sessions, recorded, WENT)
    async with sessions.begin() as session:
        await keep_drills(session, recorded, [WENT], [as_gap_fill(WENT)])
        (after,) = await drills_of(session, recorded.lesson_id)
    assert (after.id, after.content) == (before.id, before.content)


async def test_the_players_get_the_rendering_that_was_asked_for(sessions: Sessions, recorded: Lesson) -> None:
    async with sessions.begin() as session:
        await keep_drills(session, recorded, [WENT], [as_gap_fill(WENT)])
        (row,) = await drills_of(session, recorded.lesson_id)
    assert (row.content["type"], row.content["data"]) == ("gap-fill", WENT.content["data"])


@pytest.mark.parametrize("made", [[WALKED], []])
async def test_a_drill_that_is_not_made_again_goes(sessions: Sessions, recorded: Lesson, made: list[Drill]) -> None:
    await keep(sessions, recorded, WENT, WALKED)
    assert [row.content for row in await keep(sessions, recorded, *made)] == [one.content for one in made]


@pytest.mark.parametrize("made", [[WENT], [WALKED], []])
@pytest.mark.parametrize("change", ["tutor_approved = true", "is_completed = true", "status = 'in_progress'"])
async def test_what_a_person_approved_completed_or_began_stays_as_it_is(
    sessions: Sessions, recorded: Lesson, change: str, made: list[Drill]
) -> None:
    await keep(sessions, recorded, WENT)
    await put(sessions, f'{change}, content = content || \'{{"prompt": "By hand"}}\'')
    rows = await keep(sessions, recorded, *made)
    assert [row.content["prompt"] for row in rows if row.content["data"] == WENT.content["data"]] == ["By hand"]


@pytest.mark.parametrize("made", [[WENT], []])
async def test_a_drill_made_by_hand_stays(sessions: Sessions, recorded: Lesson, made: list[Drill]) -> None:
    await keep(sessions, recorded, WALKED)
    await put(sessions, 'dedupe_key = NULL, content = \'{"type": "match"}\'')
    rows = await keep(sessions, recorded, *made)
    assert {"type": "match"} in [row.content for row in rows]
    assert len(rows) == 1 + len(made)
