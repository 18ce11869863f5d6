from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.meetings import meeting_of, teaches_in_studio
from db.session import Sessions
from lessons.classroom import Seat
from lessons.ports import Classroom
from tests.rows import People, a_booking, new_people


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def booking(sessions: Sessions, people: People) -> str:
    return await a_booking(sessions, people)


async def run(sessions: Sessions, statement: str, **values: object) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


async def test_a_meeting_has_the_names_of_its_people_and_of_its_service(
    sessions: Sessions, booking: str, people: People
) -> None:
    service = str(uuid4())
    await run(
        sessions,
        "INSERT INTO public.services (id, tutor_id, name) VALUES (:service, :tutor, 'Conversation')",
        service=service,
        tutor=people.tutor,
    )
    await run(sessions, "UPDATE public.bookings SET service_id = :service WHERE id = :id", service=service, id=booking)
    async with sessions() as session:
        meeting = await meeting_of(session, booking)
    assert meeting is not None
    assert (meeting.tutor_name, meeting.student_name, meeting.service_name) == ("Mira", "Lucia", "Conversation")
    assert meeting.room == Classroom(booking, f"tutor-{people.tutor}", f"student-{people.student}")
    assert [meeting.identity(seat) for seat in Seat] == [meeting.room.tutor, meeting.room.student]
    assert meeting.appointment.ends - meeting.appointment.begins == timedelta(minutes=60)
    assert meeting.appointment.is_studio


async def test_a_cancelled_booking_is_known_and_a_deleted_one_is_not(sessions: Sessions, booking: str) -> None:
    await run(sessions, "UPDATE public.bookings SET status = 'cancelled_by_tutor' WHERE id = :id", id=booking)
    async with sessions() as session:
        meeting = await meeting_of(session, booking)
        assert meeting is not None
        assert meeting.appointment.status == "cancelled_by_tutor"
    await run(sessions, "UPDATE public.bookings SET deleted_at = now() WHERE id = :id", id=booking)
    async with sessions() as session:
        assert await meeting_of(session, booking) is None
        assert await meeting_of(session, str(uuid4())) is None


@pytest.mark.parametrize(
    ("tier", "plan", "is_studio"),
    [
        ("studio", None, True),
        ("standard", "studio_yearly", True),
        ("standard", "professional", False),
        (None, "", False),
    ],
)
async def test_studio_is_a_tier_or_a_plan_and_no_tier_is_the_standard_one(
    sessions: Sessions, booking: str, people: People, tier: str | None, plan: str | None, is_studio: bool
) -> None:
    changed = "UPDATE public.profiles SET tier = CAST(CAST(:tier AS text) AS tier_type), plan = :plan WHERE id = :id"
    await run(sessions, changed, tier=tier, plan=plan, id=people.tutor)
    async with sessions() as session:
        meeting = await meeting_of(session, booking)
        assert meeting is not None
        assert meeting.appointment.is_studio is is_studio
        assert await teaches_in_studio(session, people.tutor) is is_studio
        assert not await teaches_in_studio(session, people.student)
