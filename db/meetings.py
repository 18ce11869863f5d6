"""All SQL about a booking as the people of its classroom see it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Booking, Offer, Profile, Student
from lessons.classroom import Appointment, Seat, student_identity, tutor_identity
from lessons.ports import Classroom

STUDIO = "studio"


@dataclass(frozen=True)
class Meeting:
    """A booking, the two people it is for, and what they call it; names are empty where nobody told.

    `student_signs_in` says that the student has an account.
    """

    id: str
    tutor_id: str
    student_id: str
    tutor_name: str
    student_name: str
    student_signs_in: bool
    service_name: str
    brand_color: str
    appointment: Appointment

    @property
    def room(self) -> Classroom:
        return Classroom(self.id, tutor_identity(self.tutor_id), student_identity(self.student_id))

    def person_id(self, seat: Seat) -> str:
        """The id in `profiles` or `students` of who sits there."""
        return self.tutor_id if seat is Seat.TUTOR else self.student_id

    def name(self, seat: Seat) -> str:
        return self.tutor_name if seat is Seat.TUTOR else self.student_name

    def identity(self, seat: Seat) -> str:
        return self.room.tutor if seat is Seat.TUTOR else self.room.student


async def meeting_of(session: AsyncSession, booking_id: str) -> Meeting | None:
    """The booking, also one that was cancelled; None where there is none, or no longer."""
    found = (
        await session.execute(
            select(Booking, Profile, Student, Offer.name)
            .join(Profile, Profile.id == Booking.tutor_id)
            .join(Student, Student.id == Booking.student_id)
            .outerjoin(Offer, Offer.id == Booking.service_id)
            .where(Booking.id == booking_id, Booking.deleted_at.is_(None))
        )
    ).one_or_none()
    if found is None:
        return None
    booking, tutor, student, service = found
    return Meeting(
        booking.id,
        tutor.id,
        student.id,
        tutor.full_name or "",
        student.full_name or "",
        student.user_id is not None,
        service or "",
        tutor.brand_color or "",
        appointment_of(booking, tutor),
    )


def appointment_of(booking: Booking, tutor: Profile) -> Appointment:
    return Appointment(booking.scheduled_at, booking.ends_at, booking.status or "", is_studio(tutor))


def is_studio(tutor: Profile) -> bool:
    """Whether a tutor has Studio, by tier or by plan; one without a tier has the standard one."""
    return tutor.tier == STUDIO or (tutor.plan or "").startswith(STUDIO)


async def teaches_in_studio(session: AsyncSession, person_id: str) -> bool:
    """Whether somebody is a tutor who has Studio."""
    tutor = await session.get(Profile, person_id)
    return tutor is not None and is_studio(tutor)
