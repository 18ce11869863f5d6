"""The routes that the TutorLingua app has today, in its own shapes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest
from sqlalchemy import text

from api.problems import documented
from api.services import Services
from db.classrooms import CHANNEL, open_classroom, show_recording
from lessons.errors import LessonError, OperatorAction, RoomUnavailable
from tests.api.conftest import School, asked
from tests.api.meetings import Booked, a_meeting, agreeing
from tests.api.pretending import PretendRooms
from tests.api.signing import SECRET, as_
from tests.db.listening import listening

TOKEN, RECORDING = "/api/livekit/token", "/api/livekit/recording"
TIER = "UPDATE public.profiles SET tier = CAST(:tier AS public.tier_type) WHERE id = :id"


@pytest.fixture
async def booked(services: Services) -> Booked:
    return await a_meeting(services["sessions"])


@pytest.fixture
async def hasty(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a front that does not wait long."""
    hasty = services.copy()
    hasty["classrooms"] = replace(services["classrooms"], patience=0.2)
    async with asked(hasty) as client:
        yield client


@pytest.fixture
def rooms(services: Services) -> PretendRooms:
    rooms = services["classrooms"].rooms
    assert isinstance(rooms, PretendRooms)
    return rooms


@pytest.fixture
async def met(client: httpx2.AsyncClient, booked: Booked, services: Services, rooms: PretendRooms) -> Booked:
    """A booking whose people are both in the room, and of whom the student has agreed to be recorded."""
    async with services["sessions"].begin() as session:
        await open_classroom(session, booked.id)
    await client.post(f"{booked.at}/consent", json=agreeing(), headers=as_(booked.people.student_user))
    rooms.here = [f"tutor-{booked.people.tutor}", f"student-{booked.people.student}"]
    return booked


async def record(services: Services, booked: Booked, recording: bool) -> None:
    """What whoever watches the room writes down."""
    async with services["sessions"].begin() as session:
        await show_recording(session, booked.id, recording)


async def agreed(client: httpx2.AsyncClient, booked: Booked) -> bool | None:
    """What the tutor has answered to being recorded."""
    answer: bool | None = (await client.get(booked.at, headers=as_(booked.people.tutor))).json()["consents"]["record"]
    return answer


def told(answer: httpx2.Response) -> tuple[int, object]:
    return answer.status_code, answer.json()


def as_told(status: int, code: str) -> tuple[int, object]:
    """What the app is told of a problem."""
    kind = documented()[code]
    return status, {"error": f"{kind.sentence} {kind.remedy}"}


async def press(client: httpx2.AsyncClient, booked: Booked, person: str | None, action: str) -> httpx2.Response:
    return await client.post(RECORDING, json={"roomName": booked.id, "action": action}, headers=as_(person))


async def test_the_token_answer_is_the_app_s(client: httpx2.AsyncClient, booked: Booked) -> None:
    people = booked.people
    for person, teaches, identity in (
        (people.tutor, True, f"tutor-{people.tutor}"),
        (people.student_user, False, f"student-{people.student}"),
    ):
        answer = await client.get(TOKEN, params={"booking_id": booked.id}, headers=as_(person))
        told: dict[str, Any] = answer.json()
        claims = jwt.decode(told.pop("token"), SECRET, ["HS256"])
        info = told.pop("bookingInfo")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert told == {"isTutor": teaches, "roomName": booked.id}
        assert (claims["sub"], info["studentName"], info["durationMinutes"]) == (identity, "Lucia", 60)


@pytest.mark.parametrize("asked", ["test", "test-room"])
async def test_a_studio_tutor_has_a_room_to_try_things_out_in(
    asked: str, client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms
) -> None:
    answer = await client.get(TOKEN, params={"booking_id": asked}, headers=as_(booked.people.tutor))
    told: dict[str, Any] = answer.json()
    claims = jwt.decode(told.pop("token"), SECRET, ["HS256"])
    name = f"test-{booked.people.tutor}"
    assert told == {"isTutor": True, "roomName": name, "bookingInfo": None, "isTestRoom": True}
    assert (claims["video"]["room"], claims["exp"] - claims["nbf"]) == (name, 15 * 60)
    assert rooms.asked == [("open", name)]
    refused = await client.get(TOKEN, params={"booking_id": asked}, headers=as_(booked.people.student_user))
    assert (refused.status_code, list(refused.json())) == (403, ["error"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("scheduled_at = now() + interval '1 day'", 409),
        ("scheduled_at = now() - interval '1 day'", 410),
        ("status = 'cancelled'", 410),
        ("deleted_at = now()", 404),
    ],
)
async def test_what_keeps_people_out_is_told_as_the_app_tells_it(
    change: str, status: int, client: httpx2.AsyncClient, booked: Booked, services: Services
) -> None:
    async with services["sessions"].begin() as session:
        await session.execute(text(f"UPDATE public.bookings SET {change} WHERE id = :id"), {"id": booked.id})
    answer = await client.get(TOKEN, params={"booking_id": booked.id}, headers=as_(booked.people.tutor))
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert answer.headers["cache-control"] == "no-store"


async def test_a_foreign_booking_is_told_apart_from_an_unknown_one(
    client: httpx2.AsyncClient, booked: Booked, school: School
) -> None:
    headers, unknown = as_(school.strangers.tutor), "00000000-0000-4000-8000-000000000000"
    asked = {booked.id: 403, unknown: 404, "nonsense": 404, "": 422}
    for booking_id, status in asked.items():
        answer = await client.get(TOKEN, params={"booking_id": booking_id}, headers=headers)
        pressed = await client.post(RECORDING, json={"roomName": booking_id, "action": "status"}, headers=headers)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])
        assert (pressed.status_code, list(pressed.json())) == (status, ["error"])


async def test_nobody_without_a_token_is_told_so_in_the_same_shape(client: httpx2.AsyncClient, booked: Booked) -> None:
    for headers in ({}, {"authorization": "Bearer nonsense"}):
        answer = await client.get(TOKEN, params={"booking_id": booked.id}, headers=headers)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_tutor_s_press_agrees_and_is_answered_when_the_room_is_being_recorded(
    client: httpx2.AsyncClient, met: Booked, services: Services, school: School
) -> None:
    async with listening(school.database_url, CHANNEL) as heard:
        pressing = asyncio.create_task(press(client, met, met.people.tutor, "start"))
        while await heard() != [met.id]:
            await asyncio.sleep(0.01)
    assert not pressing.done()
    await record(services, met, recording=True)
    answer = await pressing
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": "Recording started",
            "egressId": f"EG_{met.id}",
            "filepath": f"lessons/{met.id}/",
            "status": "recording",
        },
    )
    assert await agreed(client, met) is True


@pytest.mark.parametrize(("said", "agreed"), [(None, True), (True, True), (False, False)])
async def test_a_press_lets_a_computer_transcribe_what_that_app_records_unless_the_tutor_declined(
    said: bool | None, agreed: bool, client: httpx2.AsyncClient, booked: Booked
) -> None:
    tutor = booked.people.tutor
    if said is not None:
        await client.post(f"{booked.at}/consent", json=agreeing("ai", said), headers=as_(tutor))
    for action in ("start", "stop"):
        await press(client, booked, tutor, action)  # nobody records here: what matters is what she said
        assert (await client.get(booked.at, headers=as_(tutor))).json()["consents"]["ai"] is agreed


@pytest.mark.parametrize(
    ("begins_in", "status", "tier", "expected"),
    [
        (timedelta(minutes=16), "confirmed", "studio", (409, "too_early")),
        (timedelta(days=-9), "completed", "studio", (410, "too_late")),
        (timedelta(0), "cancelled_by_student", "studio", (410, "booking_cancelled")),
        (timedelta(0), "confirmed", "standard", (403, "not_studio")),
    ],
)
async def test_a_press_at_a_closed_classroom_is_told_why_and_agrees_to_nothing(
    begins_in: timedelta,
    status: str,
    tier: str,
    expected: tuple[int, str],
    client: httpx2.AsyncClient,
    services: Services,
    rooms: PretendRooms,
) -> None:
    booked = await a_meeting(services["sessions"], begins_in=begins_in, status=status)
    async with services["sessions"].begin() as session:
        await session.execute(text(TIER), {"tier": tier, "id": booked.people.tutor})
    assert told(await press(client, booked, booked.people.tutor, "start")) == as_told(*expected)
    assert (await agreed(client, booked), rooms.asked) == (None, [])


async def test_a_press_waits_for_the_student_s_consent(
    client: httpx2.AsyncClient, booked: Booked, rooms: PretendRooms
) -> None:
    assert told(await press(client, booked, booked.people.tutor, "start")) == as_told(409, "no_consent")
    assert (await agreed(client, booked), rooms.asked) == (True, [])


@pytest.mark.parametrize("missing", ["nobody", "tutor", "student", "both"])
async def test_a_press_at_a_room_in_which_somebody_is_missing_records_nothing(
    missing: str, client: httpx2.AsyncClient, met: Booked, rooms: PretendRooms
) -> None:
    here = [one for one in rooms.here or () if not one.startswith(missing)]
    rooms.here = {"nobody": None, "both": []}.get(missing, here)
    assert told(await press(client, met, met.people.tutor, "start")) == as_told(409, "not_together")
    assert await agreed(client, met) is True


async def test_a_press_while_the_room_is_being_recorded_says_so_whoever_has_left_it(
    client: httpx2.AsyncClient, met: Booked, services: Services, rooms: PretendRooms
) -> None:
    await record(services, met, recording=True)
    rooms.here = []
    assert (await press(client, met, met.people.tutor, "start")).json()["status"] == "recording"


@pytest.mark.parametrize("fault", [RoomUnavailable(), OperatorAction("correct STUDIO_LIVEKIT__API_SECRET")])
async def test_a_press_while_livekit_is_away_is_told_so(
    fault: LessonError, client: httpx2.AsyncClient, met: Booked, rooms: PretendRooms
) -> None:
    rooms.fault = fault
    assert told(await press(client, met, met.people.tutor, "start")) == as_told(503, "room_unavailable")


async def test_a_press_for_which_nobody_records_is_not_answered_as_if_somebody_did(
    hasty: httpx2.AsyncClient, met: Booked
) -> None:
    assert told(await press(hasty, met, met.people.tutor, "start")) == as_told(503, "not_recording")
    assert (await press(hasty, met, met.people.tutor, "status")).json()["isRecording"] is False


async def test_a_stop_withdraws_what_the_press_agreed_to_and_is_answered_when_nothing_is_recorded(
    client: httpx2.AsyncClient, met: Booked, services: Services, school: School
) -> None:
    await record(services, met, recording=True)
    async with listening(school.database_url, CHANNEL) as heard:
        pressing = asyncio.create_task(press(client, met, met.people.tutor, "stop"))
        while await heard() != [met.id]:
            await asyncio.sleep(0.01)
    assert not pressing.done()
    await record(services, met, recording=False)
    answer = await pressing
    assert answer.json() == {"message": "Recording stopped", "egressId": f"EG_{met.id}", "status": "stopped"}
    assert await agreed(client, met) is False


async def test_a_recording_that_goes_on_is_not_said_to_have_stopped(
    hasty: httpx2.AsyncClient, met: Booked, services: Services
) -> None:
    await record(services, met, recording=True)
    assert told(await press(hasty, met, met.people.tutor, "stop")) == as_told(503, "still_recording")
    assert await agreed(hasty, met) is False


async def test_a_stop_is_taken_also_when_the_classroom_has_closed(
    client: httpx2.AsyncClient, services: Services
) -> None:
    late = await a_meeting(services["sessions"], begins_in=timedelta(days=-9))
    assert (await press(client, late, late.people.tutor, "stop")).json()["status"] == "stopped"
    assert await agreed(client, late) is False


@pytest.mark.parametrize("action", ["start", "stop"])
async def test_a_student_presses_no_button(action: str, client: httpx2.AsyncClient, booked: Booked) -> None:
    answer = await press(client, booked, booked.people.student_user, action)
    assert (answer.status_code, list(answer.json())) == (403, ["error"])
    assert (await press(client, booked, booked.people.student_user, "erase")).status_code == 422


async def test_both_are_told_whether_the_room_is_being_recorded(
    client: httpx2.AsyncClient, booked: Booked, services: Services
) -> None:
    egress = f"EG_{booked.id}"
    idle: dict[str, Any] = {"isRecording": False, "egressId": None, "egresses": []}
    busy = {
        "isRecording": True,
        "egressId": egress,
        "egresses": [{"egressId": egress, "status": "EGRESS_ACTIVE"}],
    }
    for expected in (idle, busy):
        for person in (booked.people.tutor, booked.people.student_user):
            assert (await press(client, booked, person, "status")).json() == expected
        async with services["sessions"].begin() as session:
            await open_classroom(session, booked.id)
        await record(services, booked, recording=True)


async def test_the_app_s_routes_keep_the_classroom_s_hours(client: httpx2.AsyncClient, services: Services) -> None:
    early = await a_meeting(services["sessions"], begins_in=timedelta(minutes=20))
    answer = await client.get(TOKEN, params={"booking_id": early.id}, headers=as_(early.people.tutor))
    assert answer.json() == {"error": "The classroom is not open yet. Come back a little before the lesson."}
