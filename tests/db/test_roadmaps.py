"""A student's roadmap: one, however many lessons there are."""

import asyncio

from sqlalchemy import func, select

from db.models import LearningRoadmap
from db.roadmaps import keep_roadmap, nodes_of, only_writer
from db.session import Sessions
from lessons.messages import Lesson
from lessons.roadmap import Node
from tests.rows import People, a_lesson

TENSES, ARTICLES = Node("1", "Tenses", "active"), Node("2", "Articles", "locked")


async def keep(sessions: Sessions, lesson: Lesson, *nodes: Node) -> list[Node]:
    async with sessions.begin() as session:
        await keep_roadmap(session, lesson, "What to practise next", nodes)
    async with sessions() as session:
        return await nodes_of(session, lesson.student_id)


async def test_a_student_has_one_roadmap_that_every_lesson_brings_up_to_date(
    sessions: Sessions, lesson: Lesson, people: People
) -> None:
    for _ in range(2):
        assert await keep(sessions, lesson, TENSES, ARTICLES) == [TENSES, ARTICLES]
    assert await keep(sessions, await a_lesson(sessions, people), ARTICLES) == [ARTICLES]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(LearningRoadmap)) == 1


async def test_lessons_that_are_made_at_once_all_add_to_the_roadmap(sessions: Sessions, lesson: Lesson) -> None:
    async def add(node: Node) -> None:
        async with sessions.begin() as session:
            await only_writer(session, lesson.student_id)
            known = await nodes_of(session, lesson.student_id)
            await asyncio.sleep(0.05)
            await keep_roadmap(session, lesson, "What to practise next", [*known, node])

    await asyncio.gather(add(TENSES), add(ARTICLES))
    async with sessions() as session:
        assert len(await nodes_of(session, lesson.student_id)) == 2


async def test_a_student_without_topics_gets_no_empty_roadmap(sessions: Sessions, lesson: Lesson) -> None:
    assert await keep(sessions, lesson) == []
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(LearningRoadmap)) == 0


async def test_a_lesson_without_topics_leaves_the_roadmap_as_it_is(sessions: Sessions, lesson: Lesson) -> None:
    await keep(sessions, lesson, TENSES)
    assert await keep(sessions, lesson) == [TENSES]
