"""How much was made of a lesson."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LessonChunk, LessonDrill, LessonMistake, MarketingClip

MADE = LessonMistake.lesson_id, LessonDrill.recording_id, MarketingClip.recording_id, LessonChunk.lesson_id
COUNTED = [select(func.count()).where(of == bindparam("lesson")) for of in MADE]
SPANS = select(func.count()).where(MarketingClip.recording_id == bindparam("lesson"), MarketingClip.storage_path == "")
COUNT = select(*(counted.scalar_subquery() for counted in (*COUNTED, SPANS)))


@dataclass(frozen=True)
class Counts:
    """`spans` are those of the clips that have no file."""

    mistakes: int
    drills: int
    clips: int
    chunks: int
    spans: int


async def counts_of(session: AsyncSession, lesson_id: str) -> Counts:
    """What there is of a lesson that whoever asks may see."""
    return Counts(*(await session.execute(COUNT, {"lesson": lesson_id})).one())
