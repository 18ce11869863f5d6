"""Bookings whose classroom is open now, or is not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from db.session import Sessions
from lessons.consent import VERSION
from tests.rows import People, a_booking, new_people

HELD = """
    UPDATE public.bookings SET scheduled_at = now() + :begins_in, duration_minutes = 60, status = :status WHERE id = :id
"""


@dataclass(frozen=True)
class Booked:
    """A booking with its people; `at` is where the API has it."""

    id: str
    people: People

    @property
    def at(self) -> str:
        return f"/api/bookings/{self.id}"


async def a_meeting(
    sessions: Sessions, people: People | None = None, begins_in: timedelta = timedelta(0), status: str = "confirmed"
) -> Booked:
    """Add an hour that begins now, or when it is told to."""
    who = people or new_people()
    booked = Booked(await a_booking(sessions, who), who)
    async with sessions.begin() as session:
        await session.execute(text(HELD), {"id": booked.id, "begins_in": begins_in, "status": status})
    return booked


def agreeing(purpose: str = "record", given: bool = True, version: str = VERSION) -> dict[str, Any]:
    return {"purpose": purpose, "given": given, "version": version}
