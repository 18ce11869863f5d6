"""A message is handed over once per lesson, person and channel."""

from sqlalchemy import select

from db.deliveries import keep_delivery, was_delivered
from db.models import Delivery
from db.session import Sessions
from lessons.messages import Lesson


async def test_a_delivery_is_noted_once_and_only_for_its_person_and_channel(sessions: Sessions, lesson: Lesson) -> None:
    for message_id in ("<1@studio.example>", "<2@studio.example>"):
        async with sessions.begin() as session:
            await keep_delivery(session, lesson.lesson_id, lesson.tutor_id, "email", message_id)
    async with sessions() as session:
        assert await was_delivered(session, lesson.lesson_id, lesson.tutor_id, "email")
        assert not await was_delivered(session, lesson.lesson_id, lesson.tutor_id, "sms")
        assert not await was_delivered(session, lesson.lesson_id, lesson.student_id, "email")
        assert (await session.scalars(select(Delivery.message_id))).all() == ["<1@studio.example>"]
