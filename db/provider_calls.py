"""All SQL about answers that providers gave, so that none is asked for twice."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ProviderCall


async def answer_of(session: AsyncSession, key: str) -> Any | None:
    return await session.scalar(select(ProviderCall.answer).where(ProviderCall.key == key))


async def keep_answer(session: AsyncSession, key: str, answer: Any) -> None:
    """Keep an answer of JSON values; the first one kept stays."""
    row = insert(ProviderCall).values(key=key, answer=answer)
    await session.execute(row.on_conflict_do_nothing(index_elements=["key"]))
