"""A lesson to keep things of, in a database of its own."""

import pytest

from db.session import Sessions
from lessons.messages import Lesson
from tests.rows import People, a_lesson, new_people


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def lesson(sessions: Sessions, people: People) -> Lesson:
    return await a_lesson(sessions, people)
