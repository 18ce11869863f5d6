"""What became of a message is kept once per lesson, person and channel."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from db.deliveries import REFUSED, SENT, keep_outcome, outcome_of
from db.models import Delivery
from db.session import Sessions
from lessons.messages import Lesson


@pytest.mark.parametrize(("first", "second"), [(SENT, REFUSED), (REFUSED, SENT)])
async def test_the_first_outcome_stays_and_only_for_its_person_and_channel(
    sessions: Sessions, lesson: Lesson, first: str, second: str
) -> None:
    for message_id, outcome in (("<1@studio.example>", first), ("<2@studio.example>", second)):
        async with sessions.begin() as session:
            await keep_outcome(session, lesson.lesson_id, lesson.tutor_id, "email", message_id, outcome)
    async with sessions() as session:
        assert await outcome_of(session, lesson.lesson_id, lesson.tutor_id, "email") == first
        assert await outcome_of(session, lesson.lesson_id, lesson.tutor_id, "sms") is None
        assert await outcome_of(session, lesson.lesson_id, lesson.student_id, "email") is None
        assert (await session.scalars(select(Delivery.message_id))).all() == ["<1@studio.example>"]


async def test_nothing_else_can_become_of_a_message(sessions: Sessions, lesson: Lesson) -> None:
    with pytest.raises(DBAPIError, match="check constraint"):
        async with sessions.begin() as session:
            await keep_outcome(session, lesson.lesson_id, lesson.tutor_id, "email", "<1@studio.example>", "lost")
