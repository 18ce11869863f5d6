"""The searchable memory: each chunk with its vector, found again by what is near it."""

import math
import random
from collections.abc import Sequence

from sqlalchemy import select

from db.chunks import keep_chunks
from db.counts import counts_of
from db.models import LessonChunk
from db.session import Sessions
from lessons.chunks import Chunk
from lessons.messages import Lesson

NUMBERS = 384


def a_chunk(number: int) -> Chunk:
    return Chunk(number, 10.0 * number, 10.0 * number + 9.5, f"student: “chunk” {number}")


def a_vector(number: int) -> list[float]:
    chance = random.Random(number)
    drawn = [chance.gauss(0, 1) for _ in range(NUMBERS)]
    length = math.hypot(*drawn)
    return [one / length for one in drawn]


async def keep(sessions: Sessions, lesson: Lesson, count: int, model: str = "e5") -> Sequence[LessonChunk]:
    chunks = [a_chunk(number) for number in range(count)]
    async with sessions.begin() as session:
        await keep_chunks(session, lesson, chunks, [a_vector(number) for number in range(count)], model)
    async with sessions() as session:
        assert (await counts_of(session, lesson.lesson_id)).chunks == count
        return (await session.scalars(select(LessonChunk).order_by(LessonChunk.number))).all()


async def test_chunks_kept_twice_are_there_once(sessions: Sessions, lesson: Lesson) -> None:
    for _ in range(2):
        rows = await keep(sessions, lesson, 3)
    assert [Chunk(row.number, row.start_seconds, row.end_seconds, row.text) for row in rows] == [
        a_chunk(number) for number in range(3)
    ]
    assert {(row.model, row.tutor_id, row.student_id) for row in rows} == {("e5", lesson.tutor_id, lesson.student_id)}


async def test_chunks_beyond_the_last_go(sessions: Sessions, lesson: Lesson) -> None:
    await keep(sessions, lesson, 3)
    assert len(await keep(sessions, lesson, 1)) == 1
    assert len(await keep(sessions, lesson, 0)) == 0


async def test_another_model_replaces_the_vectors(sessions: Sessions, lesson: Lesson) -> None:
    await keep(sessions, lesson, 2)
    assert {row.model for row in await keep(sessions, lesson, 2, "text-embedding-3-small")} == {
        "text-embedding-3-small"
    }


async def test_vectors_are_kept_in_half_precision(sessions: Sessions, lesson: Lesson) -> None:
    (row,) = await keep(sessions, lesson, 1)
    kept, given = row.embedding, a_vector(0)
    assert len(kept) == NUMBERS
    assert max(abs(one - other) for one, other in zip(kept, given, strict=True)) < 1e-3


async def test_the_nearest_chunk_by_cosine_is_the_right_one(sessions: Sessions, lesson: Lesson) -> None:
    await keep(sessions, lesson, 40)
    found = []
    async with sessions() as session:
        for wanted in range(40):
            asked = [one + 0.02 * other for one, other in zip(a_vector(wanted), a_vector(1000), strict=True)]
            nearest = select(LessonChunk.number).order_by(LessonChunk.embedding.cosine_distance(asked)).limit(1)
            found.append(await session.scalar(nearest))
    assert found == list(range(40))
