"""All SQL about messages that were handed over, or refused for good."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery

SENT, REFUSED = "sent", "refused"


async def outcome_of(session: AsyncSession, lesson_id: str, person_id: str, channel: str) -> str | None:
    """What became of a message: SENT, REFUSED, or None as long as nothing has."""
    kept = select(Delivery.status).where(
        Delivery.lesson_id == lesson_id, Delivery.person_id == person_id, Delivery.channel == channel
    )
    return await session.scalar(kept)


async def keep_outcome(
    session: AsyncSession, lesson_id: str, person_id: str, channel: str, message_id: str, status: str
) -> None:
    """Keep what became of a message; the first word is the last."""
    place = {"lesson_id": lesson_id, "person_id": person_id, "channel": channel}
    row = insert(Delivery).values(**place, message_id=message_id, status=status)
    await session.execute(row.on_conflict_do_nothing(index_elements=list(place)))
