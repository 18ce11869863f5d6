"""What the TutorLingua app shows a person in its list of notifications."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from db.notifications import notify
from db.people import Person, people_of
from db.session import Sessions
from lessons.messages import Lesson


async def shown(sessions: Sessions) -> list[Any]:
    columns = "user_id::text, user_role, type, title, body, metadata, read"
    async with sessions() as session:
        return list(await session.execute(text(f"SELECT {columns} FROM public.notifications")))


@pytest.fixture
async def student(sessions: Sessions, lesson: Lesson) -> Person:
    async with sessions() as session:
        _, student = await people_of(session, lesson.tutor_id, lesson.student_id)
    return student


async def test_a_person_is_notified_once_per_lesson(sessions: Sessions, lesson: Lesson, student: Person) -> None:
    for title in ("Ready", "Ready again"):
        async with sessions.begin() as session:
            await notify(session, lesson.lesson_id, student, "ready", title, "It is ready.")
    (row,) = await shown(sessions)
    assert tuple(row) == (
        student.user_id,
        "student",
        "lesson_analysis_ready",
        "Ready",
        "It is ready.",
        {"lesson_id": lesson.lesson_id},
        False,
    )


async def test_a_person_without_an_account_has_no_place_to_read_it(
    sessions: Sessions, lesson: Lesson, student: Person
) -> None:
    async with sessions.begin() as session:
        await notify(session, lesson.lesson_id, replace(student, user_id=None), "ready", "Ready", "It is.")
    assert await shown(sessions) == []
