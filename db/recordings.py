"""All SQL about lesson_recordings: the lesson as the TutorLingua app reads it."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, cast, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LessonRecording
from lessons.capture import Part, visible
from lessons.messages import Lesson

KEEP = text("""
    INSERT INTO public.lesson_recordings (id, booking_id, tutor_id, student_id, storage_path, egress_id, status,
        updated_at)
    VALUES (:id, :booking, :tutor, :student, :path, :egress, 'processing', now())
    ON CONFLICT (id) DO UPDATE SET storage_path = excluded.storage_path, egress_id = excluded.egress_id,
        status = excluded.status, updated_at = excluded.updated_at
""")

BARE_CHANNELS = literal_column("'{channels}'", Text), literal_column("'[{}, {}]'", JSONB)
BARE = func.jsonb_set(LessonRecording.transcript_json, *BARE_CHANNELS)
UTTERANCES = select(cast(BARE, Text)).where(LessonRecording.id == bindparam("lesson"))


async def keep_recording(session: AsyncSession, lesson: Lesson, parts: Sequence[Part]) -> None:
    """Make the lesson's row, or point it at these parts; the first file stands for the lesson."""
    first = next(iter(visible(parts)), None)
    await session.execute(
        KEEP,
        {
            "id": lesson.lesson_id,
            "booking": lesson.booking_id,
            "tutor": lesson.tutor_id,
            "student": lesson.student_id,
            "path": first.file.key if first else "",
            "egress": (first.egress_id if first else "") or None,
        },
    )


async def keep_transcript(session: AsyncSession, lesson_id: str, results: str, languages: list[str]) -> None:
    """Store the transcript, JSON in the shape of Deepgram's `results`; channel 0 is the tutor, 1 the student."""
    await set_columns(
        session,
        lesson_id,
        transcript_json=cast(cast(results, Text), JSONB),
        detected_languages=languages,
        tutor_speaker_id=0,
        student_speaker_id=1,
        status="analyzing",
    )


async def keep_summary(
    session: AsyncSession, lesson_id: str, plain: str, markdown: str, key_points: Sequence[str]
) -> None:
    await set_columns(session, lesson_id, ai_summary=plain, ai_summary_md=markdown, key_points=list(key_points))


async def results_as_text(session: AsyncSession, lesson_id: str) -> str | None:
    """The transcript as stored, unread JSON: four hours of speech take a while to parse."""
    stored = select(cast(LessonRecording.transcript_json, Text)).where(LessonRecording.id == lesson_id)
    return await session.scalar(stored)


async def utterances_as_text(session: AsyncSession, lesson_id: str) -> str | None:
    """The same without what its channels repeat."""
    return await session.scalar(UTTERANCES, {"lesson": lesson_id})


async def summary_of(session: AsyncSession, lesson_id: str) -> tuple[str, str, list[str]]:
    """The summary as plain text and as Markdown, and its key points; empty where there is none."""
    columns = LessonRecording.ai_summary, LessonRecording.ai_summary_md, LessonRecording.key_points
    found = (await session.execute(select(*columns).where(LessonRecording.id == lesson_id))).one_or_none()
    plain, markdown, points = found or ("", "", [])
    return plain or "", markdown or "", points or []


async def note_told(session: AsyncSession, lesson_id: str) -> None:
    await set_columns(session, lesson_id, tutor_notified_at=func.now())


async def set_columns(session: AsyncSession, lesson_id: str, **values: object) -> None:
    changed = update(LessonRecording).where(LessonRecording.id == lesson_id)
    await session.execute(changed.values(**values, updated_at=func.now()))
