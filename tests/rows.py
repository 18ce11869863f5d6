"""Rows that tests begin with."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from db.lessons import open_lesson
from db.people import booking_of
from db.session import Sessions
from lessons.messages import Lesson

ADD = """
    INSERT INTO public.profiles (id, email, full_name, tier) VALUES (:tutor, :tutor_mail, 'Mira', 'studio')
        ON CONFLICT DO NOTHING;
    INSERT INTO public.students (id, tutor_id, user_id, email, full_name, native_language, target_language)
        VALUES (:student, :tutor, :student_user, :student_mail, 'Lucia', 'es', 'en') ON CONFLICT DO NOTHING;
    INSERT INTO public.bookings (id, tutor_id, student_id, scheduled_at, duration_minutes, status)
        VALUES (:booking, :tutor, :student, now() - interval '1 hour', 60, 'completed')
"""

TABLES = text("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public', 'studio')")
ROWS = """
    SELECT row FROM {} t, LATERAL (SELECT to_jsonb(t) - '{{version,created_at,updated_at,started_at,ended_at,
        completed_at,received_at,sent_at,asked_at,answered_at,tutor_notified_at}}'::text[]) r (row) ORDER BY row::text
"""


@dataclass(frozen=True)
class People:
    """A tutor, her student, and the student's account."""

    tutor: str
    student: str
    student_user: str | None


def new_people() -> People:
    return People(str(uuid4()), str(uuid4()), str(uuid4()))


async def a_booking(sessions: Sessions, people: People | None = None) -> str:
    """Add a booking that is over, with its people where they are new; return its id."""
    who = people or new_people()
    values = {"tutor": who.tutor, "student": who.student, "student_user": who.student_user, "booking": str(uuid4())}
    mails = {"tutor_mail": f"{who.tutor}@tutors.example", "student_mail": f"{who.student}@students.example"}
    async with sessions.begin() as session:
        for statement in ADD.split(";\n"):
            await session.execute(text(statement), values | mails)
    return str(values["booking"])


async def a_lesson(sessions: Sessions, people: People | None = None) -> Lesson:
    """Add the lesson of a booking that is over; its stages are left to the test."""
    booking_id = await a_booking(sessions, people)
    async with sessions.begin() as session:
        booked = await booking_of(session, booking_id)
        assert booked is not None
        lesson_id = await open_lesson(session, booked, f"lesson-{booking_id}")
        await session.execute(text("DELETE FROM studio.lesson_stages WHERE lesson_id = :id"), {"id": lesson_id})
    link = f"https://studio.example/lessons/{lesson_id}"
    return Lesson(booking_id, lesson_id, booked.tutor_id, booked.student_id, booked.ends_at, link)


async def all_rows(sessions: Sessions) -> dict[str, list[Any]]:
    """Every row of every table, without moments and versions: what two runs of one step must have in common."""
    async with sessions() as session:
        return {table: list(await session.scalars(text(ROWS.format(table)))) for table in await session.scalars(TABLES)}
