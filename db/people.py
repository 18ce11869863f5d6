"""All SQL about profiles, students and bookings; this service reads them and owns none."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Booking, Profile, Student
from lessons.languages import LanguagePair


@dataclass(frozen=True)
class Booked:
    """A booking with the two people it is for."""

    id: str
    tutor_id: str
    student_id: str
    ends_at: datetime
    tier: str
    languages: LanguagePair


@dataclass(frozen=True)
class Person:
    """Someone a message goes to; `user_id` is None for a student who never signed up, or who has left."""

    id: str
    user_id: str | None
    role: str
    email: str
    name: str
    wants_mail: bool


async def booking_of(session: AsyncSession, booking_id: str) -> Booked | None:
    """The booking, or None where there is none that is still held."""
    found = (
        await session.execute(
            select(Booking, Profile.tier, Student.target_language, Student.native_language)
            .join(Profile, Profile.id == Booking.tutor_id)
            .join(Student, Student.id == Booking.student_id)
            .where(Booking.id == booking_id, Booking.deleted_at.is_(None))
        )
    ).one_or_none()
    if found is None:
        return None
    booking, tier, target, native = found
    ends_at = booking.scheduled_at + timedelta(minutes=booking.duration_minutes or 60)
    languages = LanguagePair(target or "en", native or "")
    return Booked(booking.id, booking.tutor_id, booking.student_id, ends_at, tier or "standard", languages)


async def book_held_lesson(
    session: AsyncSession, booking_id: str, tutor_id: str, student_id: str, held_at: datetime
) -> bool:
    """Add a booking for a lesson that was held elsewhere, once; answer whether the student is the tutor's."""
    of_tutor = select(Student.id).where(
        Student.id == student_id, Student.tutor_id == tutor_id, Student.deleted_at.is_(None)
    )
    if await session.scalar(of_tutor) is None:
        return False
    added = insert(Booking).values(
        id=booking_id,
        tutor_id=tutor_id,
        student_id=student_id,
        scheduled_at=held_at,
        timezone="UTC",
        status="completed",
    )
    await session.execute(added.on_conflict_do_nothing(index_elements=["id"]))
    return True


async def is_tutor(session: AsyncSession, person_id: str) -> bool:
    """Whether somebody has a tutor's profile."""
    return await session.scalar(select(Profile.id).where(Profile.id == person_id)) is not None


async def people_of(session: AsyncSession, tutor_id: str, student_id: str) -> list[Person]:
    """The tutor, then the student, of a lesson."""
    tutor = await session.get_one(Profile, tutor_id)
    student = await session.get_one(Student, student_id)
    left = student.deleted_at is not None
    account = None if left else student.user_id
    wants = not left and not student.email_opt_out and student.email_lesson_updates is not False
    return [
        Person(tutor.id, tutor.id, "tutor", tutor.email or "", tutor.full_name or "", bool(tutor.email)),
        Person(student.id, account, "student", student.email, student.full_name or "", wants),
    ]
