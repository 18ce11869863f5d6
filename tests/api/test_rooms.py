"""Entering a classroom and ending it: who may, when, and what of it goes on while LiveKit or Temporal is away."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest
from sqlalchemy import text

from api.services import Services
from db.classrooms import CHANNEL, classroom_of
from db.models import ClassroomState
from lessons.errors import OperatorAction, RoomUnavailable
from tests.api.conftest import School
from tests.api.meetings import Booked, a_meeting
from tests.api.pretending import PretendRooms
from tests.api.signing import SECRET, as_
from tests.db.listening import listening


@pytest.fixture
async def booked(services: Services) -> Booked:
    return await a_meeting(services["sessions"])


@pytest.fixture
def rooms(services: Services) -> PretendRooms:
    rooms = services["classrooms"].rooms
    assert isinstance(rooms, PretendRooms)
    return rooms


async def enter(client: httpx2.AsyncClient, booked: Booked, person: str | None) -> httpx2.Response:
    return await client.post(f"{booked.at}/room", headers=as_(person))


def read(answer: httpx2.Response) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(answer.json()["token"], SECRET, ["HS256"])
    return claims


def told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def state_of(services: Services, booked: Booked) -> ClassroomState | None:
    async with services["sessions"]() as session:
        return await classroom_of(session, booked.id)


async def test_both_get_a_token_for_their_room_under_their_own_identity(
    client: httpx2.AsyncClient, booked: Booked
) -> None:
    people = booked.people
    for person, identity, name, teaches in (
        (people.tutor, f"tutor-{people.tutor}", "Mira", True),
        (people.student_user, f"student-{people.student}", "Lucia", False),
    ):
        answer = await enter(client, booked, person)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        told, claims = answer.json(), read(answer)
        assert (told["url"], told["roomName"], told["recording"]) == ("ws://livekit.test", booked.id, False)
        assert (told["identity"], told["isTutor"]) == (identity, teaches)
        assert told["bookingInfo"].keys() == BOOKING_INFO
        assert (told["bookingInfo"]["tutorName"], told["bookingInfo"]["durationMinutes"]) == ("Mira", 60)
        assert (claims["sub"], claims["name"], claims["video"]["room"]) == (identity, name, booked.id)
        assert claims["video"].get("roomAdmin", False) is teaches
        assert "roomRecord" not in claims["video"]
        assert abs(claims["exp"] - claims["nbf"] - 90 * 60) <= 1


BOOKING_INFO = {"studentId", "studentName", "tutorName", "serviceName", "scheduledAt", "durationMinutes"}


async def test_the_room_is_opened_and_noted_before_anybody_enters(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms, services: Services
) -> None:
    assert await state_of(services, booked) is None
    for _ in range(2):
        await enter(client, booked, booked.people.tutor)
    assert rooms.asked == [("open", booked.id)] * 2
    assert await state_of(services, booked) is not None


@pytest.mark.parametrize(
    ("minutes", "status", "expected"),
    [
        (16, "confirmed", (409, "too_early")),
        (14, "confirmed", None),
        (-119, "confirmed", None),
        (-121, "confirmed", (410, "too_late")),
        (0, "cancelled", (410, "booking_cancelled")),
        (16, "cancelled_by_student", (410, "booking_cancelled")),
    ],
)
async def test_a_classroom_has_hours_and_a_cancelled_lesson_has_none(
    minutes: int, status: str, expected: tuple[int, str] | None, client: httpx2.AsyncClient, services: Services
) -> None:
    booked = await a_meeting(services["sessions"], begins_in=timedelta(minutes=minutes), status=status)
    for person in (booked.people.tutor, booked.people.student_user):
        answer = await enter(client, booked, person)
        assert (told(answer) if answer.is_error else None) == expected
    assert (await state_of(services, booked) is None) == (expected is not None)


@pytest.mark.parametrize("tier", ["'standard'", "NULL"])
async def test_without_studio_nobody_enters(
    tier: str, client: httpx2.AsyncClient, booked: Booked, services: Services
) -> None:
    async with services["sessions"].begin() as session:
        await session.execute(
            text(f"UPDATE public.profiles SET tier = {tier} WHERE id = :id"), {"id": booked.people.tutor}
        )
    assert told(await enter(client, booked, booked.people.tutor)) == (403, "not_studio")
    assert told(await enter(client, booked, booked.people.student_user)) == (403, "not_studio")


async def test_a_token_ends_with_the_classroom(client: httpx2.AsyncClient, services: Services) -> None:
    booked = await a_meeting(services["sessions"], begins_in=timedelta(minutes=-110))
    claims = read(await enter(client, booked, booked.people.tutor))
    assert abs(claims["exp"] - claims["nbf"] - 10 * 60) <= 2


async def test_a_slow_server_keeps_nobody_from_her_token_and_is_asked_all_the_same(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms
) -> None:
    rooms.takes = 0.5
    assert (await enter(client, booked, booked.people.tutor)).status_code == 200
    assert rooms.asked == []
    while not rooms.asked:
        await asyncio.sleep(0.01)
    assert rooms.asked == [("open", booked.id)]


async def test_a_server_that_is_away_is_told_as_such(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms
) -> None:
    rooms.fault = RoomUnavailable()
    assert told(await enter(client, booked, booked.people.tutor)) == (503, "room_unavailable")


async def test_a_refused_key_is_the_operator_s_to_know_and_not_people_s(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms, caplog: pytest.LogCaptureFixture
) -> None:
    rooms.fault = OperatorAction("correct STUDIO_LIVEKIT__API_SECRET")
    answer = await enter(client, booked, booked.people.tutor)
    assert told(answer) == (503, "room_unavailable")
    assert "STUDIO_" not in answer.text
    assert "LiveKit: correct STUDIO_LIVEKIT__API_SECRET" in caplog.messages


async def test_without_temporal_people_meet_all_the_same(
    client: httpx2.AsyncClient, booked: Booked, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert (await enter(client, booked, booked.people.tutor)).status_code == 200
    while not caplog.messages:
        await asyncio.sleep(0.01)
    assert caplog.messages[0].startswith(f"room {booked.id} is not watched yet")


async def test_the_tutor_ends_a_lesson_and_whoever_watches_the_room_knows_at_once(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms, services: Services, school: School
) -> None:
    await enter(client, booked, booked.people.tutor)
    async with listening(school.database_url, CHANNEL) as heard:
        answer = await client.post(f"{booked.at}/end", headers=as_(booked.people.tutor))
        assert await heard() == [booked.id]
    assert (answer.status_code, answer.json()) == (202, {"status": "ended"})
    assert rooms.asked[-1] == ("close", booked.id)
    state = await state_of(services, booked)
    assert state is not None
    assert state.ended_by == "tutor"
    student = as_(booked.people.student_user)
    assert (await client.get(booked.at, headers=student)).json()["ended"] is True
    await enter(client, booked, booked.people.student_user)
    assert (await client.get(booked.at, headers=student)).json()["ended"] is False


async def test_a_student_ends_no_lesson(client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms) -> None:
    answer = await client.post(f"{booked.at}/end", headers=as_(booked.people.student_user))
    assert told(answer) == (403, "tutor_only")
    assert rooms.asked == []


async def test_a_lesson_is_marked_as_ended_also_where_the_room_cannot_be_closed(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms, services: Services
) -> None:
    await enter(client, booked, booked.people.tutor)
    rooms.fault = RoomUnavailable()
    answer = await client.post(f"{booked.at}/end", headers=as_(booked.people.tutor))
    assert told(answer) == (503, "room_unavailable")
    state = await state_of(services, booked)
    assert state is not None
    assert state.ended_at is not None
