"""All SQL about the names and terms that a tutor wants to be heard right."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Vocabulary

TERMS = select(Vocabulary.terms).where(Vocabulary.tutor_id == bindparam("tutor"))


async def terms_of(session: AsyncSession, tutor_id: str) -> list[str]:
    return list(await session.scalar(TERMS, {"tutor": tutor_id}) or [])


async def keep_terms(session: AsyncSession, tutor_id: str, terms: Sequence[str]) -> None:
    """Make these the tutor's terms."""
    kept = {"terms": list(terms), "updated_at": func.now()}
    row = insert(Vocabulary).values(tutor_id=tutor_id, **kept)
    await session.execute(row.on_conflict_do_update(index_elements=["tutor_id"], set_=kept))
