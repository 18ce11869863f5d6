"""All SQL about classrooms: who may sit in one, and what is known of its room."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Text, Uuid, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.lessons import CHANNEL as LESSONS
from db.models import Booking, ClassroomState
from lessons.capture import lesson_id_of
from lessons.classroom import Seat, student_identity, tutor_identity
from lessons.messages import Session

CHANNEL = "rooms"

OPEN = text("""
    SELECT CAST(b.id AS text), CAST(b.tutor_id AS text), CAST(b.student_id AS text), e.ends_at, c.opened_at
    FROM studio.classrooms c
        JOIN public.bookings b ON b.id = c.booking_id
        CROSS JOIN LATERAL (SELECT b.scheduled_at + make_interval(mins => coalesce(b.duration_minutes, 60))) e (ends_at)
    WHERE c.ended_at IS NULL AND b.deleted_at IS NULL AND coalesce(b.status, '') NOT LIKE 'cancelled%'
        AND b.scheduled_at > now() - interval '8 days' AND e.ends_at + CAST(:after AS interval) > now()
    ORDER BY random()
""")

OVER_FOR = text("""
    SELECT now() - CASE WHEN c.ended_at IS NOT NULL THEN c.ended_at
        WHEN e.closed_at > c.opened_at AND e.recorded_at IS NOT NULL THEN greatest(e.closed_at, e.recorded_at) END
    FROM studio.classrooms c CROSS JOIN LATERAL (
        SELECT max(w.received_at) FILTER (WHERE w.kind = 'room_finished'),
            max(w.received_at) FILTER (WHERE w.kind = 'egress_ended')
        FROM studio.webhook_events w WHERE w.room = CAST(c.booking_id AS text) AND w.set_aside IS NULL
        ) e (closed_at, recorded_at)
    WHERE c.booking_id = CAST(:booking AS uuid)
""")


@dataclass(frozen=True)
class OpenRoom:
    """A classroom that people may enter, and when one was let in last."""

    session: Session
    opened_at: datetime


async def seat_of(session: AsyncSession, booking_id: str) -> Seat | None:
    """The seat of the person in whose name the session is; None where the classroom is none of hers."""
    seat = await session.scalar(select(func.studio.seat_in(cast(booking_id, Uuid(as_uuid=False)))))
    return Seat(seat) if seat else None


async def classroom_of(session: AsyncSession, booking_id: str) -> ClassroomState | None:
    """What is known of the room, None if nobody has asked to enter yet."""
    return await session.get(ClassroomState, booking_id)


async def as_booked(session: AsyncSession, booking_id: str) -> tuple[ClassroomState, datetime] | None:
    """What is known of the room, and when its booking ends by now; None if nobody has asked to enter yet."""
    both = select(ClassroomState, Booking).join(Booking, Booking.id == ClassroomState.booking_id)
    found = (await session.execute(both.where(Booking.id == booking_id))).one_or_none()
    return (found[0], found[1].ends_at) if found else None


async def over_for(session: AsyncSession, booking_id: str) -> timedelta | None:
    """For how long a room is over: by its tutor's word, or since it has closed and its recording has ended."""
    over: timedelta | None = await session.scalar(OVER_FOR, {"booking": booking_id})
    return over


async def open_rooms(session: AsyncSession, after: timedelta) -> list[OpenRoom]:
    """Classrooms that somebody has entered and may enter until so long after the lesson, in any order."""
    rows = await session.execute(OPEN, {"after": after})
    return [
        OpenRoom(
            Session(booking, tutor, student, tutor_identity(tutor), student_identity(student), ends, ends + after),
            opened_at,
        )
        for booking, tutor, student, ends, opened_at in rows
    ]


async def open_classroom(session: AsyncSession, booking_id: str) -> None:
    """Note that somebody enters; a lesson that was ended goes on."""
    row = insert(ClassroomState).values(booking_id=booking_id)
    goes_on = {"opened_at": func.now(), "ended_by": None, "ended_at": None}
    again = row.on_conflict_do_update(index_elements=["booking_id"], set_=goes_on)
    await session.execute(again)


async def note_joined(session: AsyncSession, booking_id: str, seat: Seat) -> None:
    """Note when a person was first seen in the room."""
    joined = ClassroomState.joined_tutor_at if seat is Seat.TUTOR else ClassroomState.joined_student_at
    await change(session, booking_id, **{joined.key: func.coalesce(joined, func.now())})


async def show_recording(session: AsyncSession, booking_id: str, recording: bool) -> None:
    """Show whether the room is being recorded right now, and since when first; who follows the lesson is told."""
    since = ClassroomState.recording_since
    begun = {"recording_since": func.coalesce(since, func.now())} if recording else {}
    await change(session, booking_id, recording=recording, **begun)
    await session.execute(select(func.pg_notify(LESSONS, lesson_id_of(booking_id))))


async def end_classroom(session: AsyncSession, booking_id: str, by: str) -> None:
    """Note that the lesson is over, and who has ended it, and wake whoever watches the room."""
    await change(session, booking_id, ended_by=by, ended_at=func.now())
    await wake_room(session, booking_id)


async def change(session: AsyncSession, booking_id: str, **values: object) -> None:
    await session.execute(update(ClassroomState).where(ClassroomState.booking_id == booking_id).values(**values))


async def wake_room(session: AsyncSession, *booking_ids: str) -> None:
    """Let whoever watches these rooms look at once, when this transaction commits."""
    await session.execute(select(func.pg_notify(CHANNEL, func.unnest(cast(list(booking_ids), ARRAY(Text))))))
