"""All SQL about the mistakes a student made in a lesson."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LessonMistake
from lessons.messages import Lesson
from lessons.mistakes import Mistake

KEEP = text("""
    WITH dropped AS (
        DELETE FROM studio.lesson_mistakes WHERE lesson_id = CAST(:lesson AS uuid) AND id <> ALL (CAST(:ids AS uuid[])))
    INSERT INTO studio.lesson_mistakes (lesson_id, tutor_id, student_id, id, said, better, start_seconds,
        end_seconds, type, evidence, confidence, needs_review, explanation, sentence, corrected)
    SELECT CAST(:lesson AS uuid), CAST(:tutor AS uuid), CAST(:student AS uuid), m.*
    FROM unnest(CAST(:ids AS uuid[]), CAST(:said AS text[]), CAST(:better AS text[]), CAST(:starts AS float8[]),
        CAST(:ends AS float8[]), CAST(:types AS text[]), CAST(:evidence AS text[]), CAST(:confidence AS float8[]),
        CAST(:needs_review AS bool[]), CAST(:explanation AS text[]), CAST(:sentence AS text[]),
        CAST(:corrected AS text[])) m
    ON CONFLICT (id) DO UPDATE SET end_seconds = excluded.end_seconds, type = excluded.type,
        evidence = excluded.evidence, confidence = excluded.confidence, needs_review = excluded.needs_review,
        explanation = excluded.explanation, sentence = excluded.sentence, corrected = excluded.corrected
""")


async def keep_mistakes(session: AsyncSession, lesson: Lesson, mistakes: Sequence[Mistake]) -> None:
    """Make these the lesson's mistakes; twice is once."""
    found = {mistake_id(lesson.lesson_id, one): one for one in mistakes}
    await session.execute(
        KEEP,
        {
            "lesson": lesson.lesson_id,
            "tutor": lesson.tutor_id,
            "student": lesson.student_id,
            "ids": list(found),
            "said": [one.said for one in found.values()],
            "better": [one.better for one in found.values()],
            "starts": [one.start for one in found.values()],
            "ends": [one.end for one in found.values()],
            "types": [one.type.value for one in found.values()],
            "evidence": [one.evidence.value for one in found.values()],
            "confidence": [one.confidence for one in found.values()],
            "needs_review": [one.needs_review for one in found.values()],
            "explanation": [one.explanation for one in found.values()],
            "sentence": [one.sentence for one in found.values()],
            "corrected": [one.corrected for one in found.values()],
        },
    )


async def mistakes_of(session: AsyncSession, lesson_id: str) -> Sequence[LessonMistake]:
    """The lesson's mistakes that whoever asks may see, in order of time."""
    rows = select(LessonMistake).where(LessonMistake.lesson_id == lesson_id)
    return (await session.scalars(rows.order_by(LessonMistake.start_seconds, LessonMistake.id))).all()


def mistake_id(lesson_id: str, mistake: Mistake) -> str:
    """The same mistake at the same moment has the same id, however often it is found."""
    return str(uuid5(UUID(lesson_id), f"mistake/{mistake.start:.2f}/{mistake.said}/{mistake.better}"))
