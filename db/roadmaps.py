"""All SQL about a student's learning roadmap."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID, uuid5

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LearningRoadmap
from lessons.messages import Lesson
from lessons.roadmap import Node

NODES = select(LearningRoadmap.nodes).where(LearningRoadmap.id == bindparam("id"))

HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))")


def roadmap_id_of(student_id: str) -> str:
    return str(uuid5(UUID(student_id), "roadmap"))


async def nodes_of(session: AsyncSession, student_id: str) -> list[Node]:
    """The nodes of the roadmap that this service keeps for a student, if whoever asks may see it."""
    return [Node(**node) for node in await session.scalar(NODES, {"id": roadmap_id_of(student_id)}) or []]


async def only_writer(session: AsyncSession, student_id: str) -> None:
    """Let nobody else make a roadmap of this student's until the transaction ends: it is read, added to and kept."""
    await session.execute(HOLD, {"id": roadmap_id_of(student_id)})


async def keep_roadmap(session: AsyncSession, lesson: Lesson, title: str, nodes: Sequence[Node]) -> None:
    """Make these the student's nodes; a student without any gets no empty roadmap."""
    if not nodes:
        return
    shown = {"title": title, "nodes": [asdict(node) for node in nodes]}
    row = insert(LearningRoadmap).values(
        id=roadmap_id_of(lesson.student_id), student_id=lesson.student_id, tutor_id=lesson.tutor_id, **shown
    )
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=shown))
