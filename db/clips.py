"""All SQL about marketing clips."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MarketingClip
from lessons.highlights import Highlight
from lessons.messages import Lesson


def clip_id_of(lesson_id: str, start: float, end: float) -> str:
    """The same span of the same lesson has the same id."""
    return str(uuid5(UUID(lesson_id), f"clip/{start:.2f}-{end:.2f}"))


async def keep_clip(session: AsyncSession, lesson: Lesson, highlight: Highlight, storage_path: str) -> None:
    """Store a clip for the tutor's approval; one that is there already stays as a person left it.

    `storage_path` is empty for a span without a file, which may get one later.
    """
    row = insert(MarketingClip).values(
        id=clip_id_of(lesson.lesson_id, highlight.start, highlight.end),
        recording_id=lesson.lesson_id,
        tutor_id=lesson.tutor_id,
        storage_path=storage_path,
        transcript_snippet=highlight.snippet,
        viral_score=highlight.viral_score,
        tutor_approved=False,
        is_public=False,
        title=highlight.title,
        start_time=highlight.start,
        end_time=highlight.end,
    )
    without_file = MarketingClip.storage_path == ""
    await session.execute(
        row.on_conflict_do_update(index_elements=["id"], set_={"storage_path": storage_path}, where=without_file)
    )


async def drop_clips_but(session: AsyncSession, lesson_id: str, kept: Sequence[str]) -> list[str]:
    """Remove the lesson's unapproved clips that are not among these ids; return their storage keys."""
    dropped = delete(MarketingClip).where(
        MarketingClip.recording_id == lesson_id,
        MarketingClip.id.not_in(kept),
        MarketingClip.tutor_approved.is_not(True),
    )
    return [key for key in await session.scalars(dropped.returning(MarketingClip.storage_path)) if key]


async def clips_of(session: AsyncSession, lesson_id: str) -> Sequence[MarketingClip]:
    """The lesson's clips that whoever asks may see, best first."""
    rows = select(MarketingClip).where(MarketingClip.recording_id == lesson_id)
    return (await session.scalars(rows.order_by(MarketingClip.viral_score.desc(), MarketingClip.id))).all()


async def count_clips(session: AsyncSession, lesson_id: str) -> int:
    counted = select(func.count()).where(MarketingClip.recording_id == lesson_id)
    return (await session.scalars(counted)).one()
