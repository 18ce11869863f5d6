"""All SQL about messages that were handed over."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery


async def was_delivered(session: AsyncSession, lesson_id: str, person_id: str, channel: str) -> bool:
    kept = select(Delivery.message_id).where(
        Delivery.lesson_id == lesson_id, Delivery.person_id == person_id, Delivery.channel == channel
    )
    return await session.scalar(kept) is not None


async def keep_delivery(session: AsyncSession, lesson_id: str, person_id: str, channel: str, message_id: str) -> None:
    row = insert(Delivery).values(lesson_id=lesson_id, person_id=person_id, channel=channel, message_id=message_id)
    await session.execute(row.on_conflict_do_nothing(index_elements=["lesson_id", "person_id", "channel"]))
