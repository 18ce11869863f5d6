"""All SQL about the searchable memory: pieces of transcripts with their vectors."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lessons.chunks import Chunk
from lessons.messages import Lesson

KEEP = text("""
    WITH dropped AS (
        DELETE FROM studio.lesson_chunks
        WHERE lesson_id = CAST(:lesson AS uuid) AND number <> ALL (CAST(:numbers AS int[])))
    INSERT INTO studio.lesson_chunks
        (lesson_id, tutor_id, student_id, model, number, start_seconds, end_seconds, text, embedding)
    SELECT CAST(:lesson AS uuid), CAST(:tutor AS uuid), CAST(:student AS uuid), :model, c.number, c.start, c.end,
        c.text, CAST(c.embedding AS real[])
    FROM unnest(CAST(:numbers AS int[]), CAST(:starts AS float8[]), CAST(:ends AS float8[]), CAST(:texts AS text[]),
        CAST(:embeddings AS text[])) AS c(number, start, "end", text, embedding)
    ON CONFLICT (lesson_id, number) DO UPDATE SET start_seconds = excluded.start_seconds,
        end_seconds = excluded.end_seconds, text = excluded.text, model = excluded.model,
        embedding = excluded.embedding
""")


async def keep_chunks(
    session: AsyncSession,
    lesson: Lesson,
    chunks: Sequence[Chunk],
    vectors: Sequence[Sequence[float]],
    model: str,
) -> None:
    """Make these the lesson's chunks, each with its vector of 384 numbers."""
    await session.execute(
        KEEP,
        {
            "lesson": lesson.lesson_id,
            "tutor": lesson.tutor_id,
            "student": lesson.student_id,
            "model": model,
            "numbers": [chunk.number for chunk in chunks],
            "starts": [chunk.start for chunk in chunks],
            "ends": [chunk.end for chunk in chunks],
            "texts": [chunk.text for chunk in chunks],
            "embeddings": ["{" + ",".join(f"{x:.6g}" for x in vector) + "}" for vector in vectors],
        },
    )
