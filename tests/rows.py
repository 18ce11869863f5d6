"""Rows that tests begin with."""

from dataclasses import dataclass
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
    """Add the lesson of a booking that is over."""
    booking_id = await a_booking(sessions, people)
    async with sessions.begin() as session:
        booked = await booking_of(session, booking_id)
        assert booked is not None
        lesson_id = await open_lesson(session, booked, f"lesson-{booking_id}")
    link = f"https://studio.example/lessons/{lesson_id}"
    return Lesson(booking_id, lesson_id, booked.tutor_id, booked.student_id, booked.ends_at, link)
