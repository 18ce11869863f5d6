"""All SQL about marketing clips."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MarketingClip
from lessons.highlights import Highlight
from lessons.messages import Lesson

KEEP = text("""
    INSERT INTO public.marketing_clips AS c (id, recording_id, tutor_id, storage_path, transcript_snippet, viral_score,
        tutor_approved, is_public, title, start_time, end_time)
    VALUES (:id, :lesson, :tutor, :path, :snippet, :score, false, false, :title, :start, :end)
    ON CONFLICT (id) DO UPDATE SET storage_path = excluded.storage_path WHERE c.storage_path = ''
""")

DROP = text("""
    DELETE FROM public.marketing_clips WHERE recording_id = CAST(:lesson AS uuid)
        AND id <> ALL (CAST(:kept AS uuid[])) AND tutor_approved IS NOT TRUE
    RETURNING storage_path
""")

COUNT = select(func.count()).where(MarketingClip.recording_id == bindparam("lesson"))


def clip_id_of(lesson_id: str, start: float, end: float) -> str:
    """The same span of the same lesson has the same id."""
    return str(uuid5(UUID(lesson_id), f"clip/{start:.2f}-{end:.2f}"))


async def keep_clip(session: AsyncSession, lesson: Lesson, highlight: Highlight, storage_path: str) -> None:
    """Store a clip for the tutor's approval; one that is there already stays as a person left it.

    `storage_path` is empty for a span without a file, which may get one later.
    """
    await session.execute(
        KEEP,
        {
            "id": clip_id_of(lesson.lesson_id, highlight.start, highlight.end),
            "lesson": lesson.lesson_id,
            "tutor": lesson.tutor_id,
            "path": storage_path,
            "snippet": highlight.snippet,
            "score": highlight.viral_score,
            "title": highlight.title,
            "start": highlight.start,
            "end": highlight.end,
        },
    )


async def drop_clips_but(session: AsyncSession, lesson_id: str, kept: Sequence[str]) -> list[str]:
    """Remove the lesson's unapproved clips that are not among these ids; return their storage keys."""
    return [key for key in await session.scalars(DROP, {"lesson": lesson_id, "kept": list(kept)}) if key]


async def clips_of(session: AsyncSession, lesson_id: str) -> Sequence[MarketingClip]:
    """The lesson's clips that whoever asks may see, best first."""
    rows = select(MarketingClip).where(MarketingClip.recording_id == lesson_id)
    return (await session.scalars(rows.order_by(MarketingClip.viral_score.desc(), MarketingClip.id))).all()


async def count_clips(session: AsyncSession, lesson_id: str) -> int:
    return (await session.scalars(COUNT, {"lesson": lesson_id})).one()
