"""All SQL about lessons that are over and of which we may not have been told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MOST = 500

OVERDUE = text("""
    SELECT CAST(b.id AS text), CAST(b.tutor_id AS text), CAST(b.student_id AS text), e.ends_at,
        c.booking_id IS NOT NULL, l.id IS NOT NULL AND l.stage <> 'capture'
    FROM public.bookings b
        CROSS JOIN LATERAL (SELECT b.scheduled_at + make_interval(mins => coalesce(b.duration_minutes, 60))) e (ends_at)
        LEFT JOIN studio.classrooms c ON c.booking_id = b.id
        LEFT JOIN studio.lessons l ON l.booking_id = b.id
        LEFT JOIN public.profiles p ON p.id = b.tutor_id
    WHERE b.deleted_at IS NULL AND coalesce(b.status, '') NOT LIKE 'cancelled%'
        AND b.scheduled_at > now() - interval '8 days' AND e.ends_at < now() AND e.ends_at > now() - interval '7 days'
        AND CASE WHEN e.ends_at > now() - interval '3 hours' THEN c.booking_id IS NOT NULL OR p.tier = 'studio'
            ELSE c.booking_id IS NOT NULL AND (l.id IS NULL OR l.stage = 'capture') END
    ORDER BY e.ends_at DESC LIMIT :most
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


async def overdue_lessons(session: AsyncSession, most: int = MOST) -> Sequence[Overdue]:
    """Lessons of the last hours, and older ones that still wait for their recording; the newest first."""
    return [Overdue(*row) for row in await session.execute(OVERDUE, {"most": most})]
