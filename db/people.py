"""All SQL about profiles, students and bookings, which this service does not own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Booking, Profile, Student
from lessons.languages import LanguagePair, pair_of


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
    """Someone a message goes to; `user_id` is None for a student who never signed up, or who has left.

    `language` and `timezone` are as they were told; a student's language is a guess: the one she comes from.
    """

    id: str
    user_id: str | None
    role: str
    email: str
    name: str
    wants_mail: bool
    language: str
    timezone: str


BOTH = (
    select(Profile, Student).join(Student, Student.id == bindparam("student")).where(Profile.id == bindparam("tutor"))
)


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
    languages = pair_of(target, native)
    return Booked(booking.id, booking.tutor_id, booking.student_id, booking.ends_at, tier or "standard", languages)


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
    tutor, student = (await session.execute(BOTH, {"tutor": tutor_id, "student": student_id})).one()
    left = student.deleted_at is not None
    account = None if left else student.user_id
    wants = not left and not student.email_opt_out and student.email_lesson_updates is not False
    return [
        Person(
            id=tutor.id,
            user_id=tutor.id,
            role="tutor",
            email=tutor.email or "",
            name=tutor.full_name or "",
            wants_mail=bool(tutor.email),
            language=tutor.mail_language or "",
            timezone=tutor.timezone or "",
        ),
        Person(
            id=student.id,
            user_id=account,
            role="student",
            email=student.email,
            name=student.full_name or "",
            wants_mail=wants,
            language=student.native_language or "",
            timezone=student.timezone or "",
        ),
    ]


async def when_booked(session: AsyncSession, booking_id: str) -> tuple[datetime, str]:
    """When a lesson begins, and the time zone in which it was booked, empty if nobody told."""
    booking = await session.get_one(Booking, booking_id)
    return booking.scheduled_at, booking.timezone or ""


async def language_of_student(session: AsyncSession, student_id: str) -> str:
    """The language that a student comes from, empty if nobody told or there is none such."""
    return await session.scalar(select(Student.native_language).where(Student.id == student_id)) or ""


async def stop_letters(session: AsyncSession, student_id: str) -> None:
    """Note, where the TutorLingua app notes it too, that a student wants no letters about her lessons."""
    await session.execute(update(Student).where(Student.id == student_id).values(email_lesson_updates=False))
