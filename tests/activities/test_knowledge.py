"""The searchable memory of a lesson."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.knowledge import Knowledge
from activities.ledger import Ledgers
from db.models import LessonChunk
from db.session import Sessions
from lessons.chunks import chunks_of
from lessons.messages import Indexed, Lesson
from lessons.transcript import Speaker, Transcript, in_order
from tests.activities.scenes import part, settled, spoken, stages_shown
from tests.activities.scripted import ScriptedEmbedder, pointed_at, said
from tests.rows import all_rows

TALK = in_order(said(Speaker.STUDENT, 10.0 * turn, f"turn {turn} " * (turn + 8)) for turn in range(20))


@pytest.fixture
async def transcribed(sessions: Sessions, lesson: Lesson) -> Lesson:
    await settled(sessions, lesson, part())
    await spoken(sessions, lesson, TALK)
    return lesson


async def chunks_in(sessions: Sessions) -> Sequence[LessonChunk]:
    async with sessions() as session:
        return (await session.scalars(select(LessonChunk).order_by(LessonChunk.number))).all()


async def test_every_chunk_is_kept_with_its_own_vector_and_the_models_name(
    env: ActivityEnvironment, sessions: Sessions, ledgers: Ledgers, transcribed: Lesson
) -> None:
    embedder = ScriptedEmbedder("the model")
    assert await env.run(Knowledge(sessions, embedder, ledgers).index, transcribed) == Indexed(len(chunks_of(TALK)))
    rows = await chunks_in(sessions)
    assert [(row.number, row.text) for row in rows] == [(one.number, one.text) for one in chunks_of(TALK)]
    assert [row.embedding for row in rows] == [pointed_at(len(row.text)) for row in rows]
    assert {row.model for row in rows} == {"the model"}
    assert await stages_shown(sessions, transcribed) == {"index": ("done", 1)}


async def test_indexing_twice_leaves_the_same_rows(
    env: ActivityEnvironment, sessions: Sessions, ledgers: Ledgers, transcribed: Lesson
) -> None:
    knowledge = Knowledge(sessions, ScriptedEmbedder(), ledgers)
    await env.run(knowledge.index, transcribed)
    before = await all_rows(sessions)
    await env.run(knowledge.index, transcribed)
    assert await all_rows(sessions) == before


async def test_a_lesson_without_words_has_no_chunks(
    env: ActivityEnvironment, sessions: Sessions, ledgers: Ledgers, transcribed: Lesson
) -> None:
    knowledge = Knowledge(sessions, ScriptedEmbedder(), ledgers)
    await env.run(knowledge.index, transcribed)
    await spoken(sessions, transcribed, Transcript())
    assert await env.run(knowledge.index, transcribed) == Indexed(0)
    assert await chunks_in(sessions) == []
