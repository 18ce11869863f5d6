"""All SQL about messages that were handed over, or refused for good."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery

SENT, REFUSED = "sent", "refused"

STATUS = select(Delivery.status).where(
    Delivery.lesson_id == bindparam("lesson"),
    Delivery.person_id == bindparam("person"),
    Delivery.channel == bindparam("channel"),
)


async def outcome_of(session: AsyncSession, lesson_id: str, person_id: str, channel: str) -> str | None:
    """What became of a message: SENT, REFUSED, or None as long as nothing has."""
    return await session.scalar(STATUS, {"lesson": lesson_id, "person": person_id, "channel": channel})


async def keep_outcome(
    session: AsyncSession, lesson_id: str, person_id: str, channel: str, message_id: str, status: str
) -> None:
    """Keep what became of a message; the first word is the last."""
    place = {"lesson_id": lesson_id, "person_id": person_id, "channel": channel}
    row = insert(Delivery).values(**place, message_id=message_id, status=status)
    await session.execute(row.on_conflict_do_nothing(index_elements=list(place)))
