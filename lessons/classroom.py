"""Who may enter a classroom, when, and under which identity."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lessons.messages import OPEN_AFTER

EARLY = timedelta(minutes=15)
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=6)
OVERTIME = timedelta(minutes=30)

LINK_OUTLIVES = timedelta(days=3650)
"""For how long after its classroom's hours a student's link is good for withdrawing; it opens the room no more."""


class Seat(StrEnum):
    """The two places in a classroom."""

    TUTOR = "tutor"
    STUDENT = "student"


SEATS = {seat.value: seat for seat in Seat}


class Closed(StrEnum):
    """Why a classroom is closed."""

    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    CANCELLED = "booking_cancelled"
    NOT_STUDIO = "not_studio"


@dataclass(frozen=True)
class Appointment:
    """When a lesson is held, whether it still is, and whether its tutor has Studio."""

    begins: datetime
    ends: datetime
    status: str
    is_studio: bool


@dataclass(frozen=True)
class Hours:
    """How long before a lesson and after it its classroom is open."""

    before: timedelta = EARLY
    after: timedelta = OPEN_AFTER

    def of(self, appointment: Appointment) -> tuple[datetime, datetime]:
        """From when on somebody may enter, and from when on nobody may any more."""
        return appointment.begins - self.before, appointment.ends + self.after


def why_closed(appointment: Appointment, now: datetime, hours: Hours) -> Closed | None:
    """Why nobody may enter now; None where the classroom is open."""
    opens, closes = hours.of(appointment)
    if appointment.status.startswith("cancelled"):
        return Closed.CANCELLED
    if not appointment.is_studio:
        return Closed.NOT_STUDIO
    if now < opens:
        return Closed.TOO_EARLY
    return Closed.TOO_LATE if now >= closes else None


def token_lasts(appointment: Appointment, now: datetime, hours: Hours) -> timedelta:
    """How long a token to enter is good for: the lesson and half an hour, and never beyond the classroom's hours."""
    wanted = appointment.ends - appointment.begins + OVERTIME
    _, closes = hours.of(appointment)
    return max(timedelta(0), min(max(wanted, SHORTEST), LONGEST, closes - now))


def tutor_identity(profile_id: str) -> str:
    return f"tutor-{profile_id}"


def student_identity(student_id: str) -> str:
    return f"student-{student_id}"


def seat_of(identity: str) -> Seat | None:
    """Whose identity it is; None for anybody who has no seat in a classroom of ours."""
    kind, dash, _ = identity.partition("-")
    return SEATS.get(kind) if dash else None


def recorder_identity(booking_id: str) -> str:
    """Always the same one, so that a recorder that comes back replaces what is left of the one before."""
    return f"EG_{booking_id}"
