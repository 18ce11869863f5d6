"""All SQL about lessons that are over and of which we may not have been told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.meetings import STUDIO

MOST = 500
RARELY = 5
"""A lesson that has settled is asked after in one round of so many."""

OVERDUE = text("""
    SELECT CAST(b.id AS text), CAST(b.tutor_id AS text), CAST(b.student_id AS text), e.ends_at,
        c.booking_id IS NOT NULL, s.settled
    FROM public.bookings b
        CROSS JOIN LATERAL (SELECT b.scheduled_at + make_interval(mins => coalesce(b.duration_minutes, 60))) e (ends_at)
        LEFT JOIN studio.classrooms c ON c.booking_id = b.id
        LEFT JOIN studio.lessons l ON l.booking_id = b.id
        LEFT JOIN public.profiles p ON p.id = b.tutor_id
        CROSS JOIN LATERAL (SELECT l.id IS NOT NULL AND l.stage <> 'capture',
            e.ends_at > now() - interval '3 hours') s (settled, recent)
    WHERE b.deleted_at IS NULL AND coalesce(b.status, '') NOT LIKE 'cancelled%'
        AND b.scheduled_at > now() - interval '8 days' AND e.ends_at < now() AND e.ends_at > now() - interval '7 days'
        AND (c.booking_id IS NOT NULL
            OR s.recent AND (CAST(p.tier AS text) = :studio OR starts_with(p.plan, :studio)))
        AND (NOT s.settled OR s.recent AND mod(hashtext(CAST(b.id AS text)) + CAST(:turn AS bigint), :rarely) = 0)
    ORDER BY random() LIMIT :most
""")


@dataclass(frozen=True)
class Overdue:
    """A booking whose end has passed; `opened` where somebody entered its room, `settled` where it has a lesson."""

    id: str
    tutor_id: str
    student_id: str
    ends_at: datetime
    opened: bool
    settled: bool


async def overdue_lessons(session: AsyncSession, turn: int, most: int = MOST) -> Sequence[Overdue]:
    """Lessons that wait for their recording, and of the last hours' others those whose turn it is.

    They come in another order every time, so that none is always the last.
    """
    asked = {"studio": STUDIO, "turn": turn, "rarely": RARELY, "most": most}
    return [Overdue(*row) for row in await session.execute(OVERDUE, asked)]
