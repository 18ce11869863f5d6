"""A lesson to keep things of, in a database of its own."""

import pytest

from db.recordings import keep_recording
from db.session import Sessions
from lessons.capture import Part, RecordedFile
from lessons.messages import Lesson
from tests.rows import People, a_lesson, new_people


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def lesson(sessions: Sessions, people: People) -> Lesson:
    return await a_lesson(sessions, people)


@pytest.fixture
async def recorded(sessions: Sessions, lesson: Lesson) -> Lesson:
    """A lesson with a recording, so that the TutorLingua app knows it too."""
    async with sessions.begin() as session:
        await keep_recording(session, lesson, [Part(0, "EV_1", "EG_1", RecordedFile("lessons/1/a.mp4"))])
    return lesson
