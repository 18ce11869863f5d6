"""All SQL about drills."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LessonDrill
from db.session import as_text
from lessons.drills import Drill, drill_key, source_of, table_type_of
from lessons.messages import Lesson

KEEP = text("""
    WITH dropped AS (
        DELETE FROM public.lesson_drills
        WHERE recording_id = CAST(:lesson AS uuid) AND dedupe_key IS NOT NULL
            AND dedupe_key <> ALL (CAST(:keys AS text[]))
            AND tutor_approved IS NOT TRUE AND is_completed IS NOT TRUE AND status = 'pending')
    INSERT INTO public.lesson_drills (recording_id, tutor_id, student_id, status, is_completed, tutor_approved,
        visible_to_student, id, dedupe_key, content, drill_type, source, focus_area, source_timestamp_seconds)
    SELECT CAST(:lesson AS uuid), CAST(:tutor AS uuid), CAST(:student AS uuid), 'pending', false, false, false, d.*
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:contents AS jsonb[]), CAST(:types AS text[]),
        CAST(:sources AS text[]), CAST(:focus AS text[]), CAST(:seconds AS int[])) d
    ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
""")


async def keep_drills(
    session: AsyncSession, lesson: Lesson, drills: Sequence[Drill], contents: Sequence[dict[str, Any]]
) -> None:
    """Make these the lesson's drills; what a person has approved, edited or begun stays as it is.

    `contents` is what the players get for each drill, which may be another rendering of the same drill.
    """
    keys = [f"{lesson.lesson_id}/{drill_key(drill)}" for drill in drills]
    own = UUID(lesson.lesson_id)
    await session.execute(
        KEEP,
        {
            "lesson": lesson.lesson_id,
            "tutor": lesson.tutor_id,
            "student": lesson.student_id,
            "ids": [str(uuid5(own, key)) for key in keys],
            "keys": keys,
            "contents": [as_text(content) for content in contents],
            "types": [table_type_of(drill) for drill in drills],
            "sources": [source_of(drill) for drill in drills],
            "focus": [drill.focus for drill in drills],
            "seconds": [int(drill.seconds) for drill in drills],
        },
    )


async def drills_of(session: AsyncSession, lesson_id: str) -> Sequence[LessonDrill]:
    """The lesson's drills that whoever asks may see, in order of the lesson."""
    rows = select(LessonDrill).where(LessonDrill.recording_id == lesson_id)
    return (
        await session.scalars(
            rows.order_by(LessonDrill.source_timestamp_seconds, LessonDrill.dedupe_key, LessonDrill.id)
        )
    ).all()
