"""The routes that the TutorLingua app has today, in its own shapes."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest
from sqlalchemy import text

from api.services import Services
from db.classrooms import CHANNEL, open_classroom, show_recording
from tests.api.conftest import School
from tests.api.meetings import Booked, a_meeting, agreeing
from tests.api.signing import SECRET, as_
from tests.db.listening import listening

TOKEN, RECORDING = "/api/livekit/token", "/api/livekit/recording"


@pytest.fixture
async def booked(services: Services) -> Booked:
    return await a_meeting(services["sessions"])


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
    asked: str, client: httpx2.AsyncClient, booked: Booked
) -> None:
    answer = await client.get(TOKEN, params={"booking_id": asked}, headers=as_(booked.people.tutor))
    told: dict[str, Any] = answer.json()
    claims = jwt.decode(told.pop("token"), SECRET, ["HS256"])
    name = f"test-{booked.people.tutor}"
    assert told == {"isTutor": True, "roomName": name, "bookingInfo": None, "isTestRoom": True}
    assert (claims["video"]["room"], claims["exp"] - claims["nbf"]) == (name, 15 * 60)
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


async def test_the_tutor_s_press_agrees_to_be_recorded_and_waits_for_the_student(
    client: httpx2.AsyncClient, booked: Booked, school: School
) -> None:
    tutor, student = booked.people.tutor, booked.people.student_user
    refused = await press(client, booked, tutor, "start")
    assert (refused.status_code, list(refused.json())) == (409, ["error"])
    await client.post(f"{booked.at}/consent", json=agreeing(), headers=as_(student))
    async with listening(school.database_url, CHANNEL) as heard:
        answer = await press(client, booked, tutor, "start")
        assert await heard() == [booked.id]
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": "Recording started",
            "egressId": f"EG_{booked.id}",
            "filepath": f"lessons/{booked.id}/recordings/",
            "status": "recording",
        },
    )
    assert (await client.get(booked.at, headers=as_(tutor))).json()["consents"]["record"] is True


@pytest.mark.parametrize(("said", "agreed"), [(None, True), (True, True), (False, False)])
async def test_a_press_lets_a_computer_transcribe_what_that_app_records_unless_the_tutor_declined(
    said: bool | None, agreed: bool, client: httpx2.AsyncClient, booked: Booked
) -> None:
    tutor = booked.people.tutor
    if said is not None:
        await client.post(f"{booked.at}/consent", json=agreeing("ai", said), headers=as_(tutor))
    for action in ("start", "stop"):
        await press(client, booked, tutor, action)
        assert (await client.get(booked.at, headers=as_(tutor))).json()["consents"]["ai"] is agreed


async def test_a_stop_withdraws_what_the_press_agreed_to(
    client: httpx2.AsyncClient, booked: Booked, school: School
) -> None:
    async with listening(school.database_url, CHANNEL) as heard:
        answer = await press(client, booked, booked.people.tutor, "stop")
        assert await heard() == [booked.id]
    assert answer.json() == {"message": "Recording stopped", "egressId": f"EG_{booked.id}", "status": "stopped"}
    seen = (await client.get(booked.at, headers=as_(booked.people.student_user))).json()
    assert seen["other_consents"] == {"record": False}


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
            await show_recording(session, booked.id, recording=True)


async def test_the_app_s_routes_keep_the_classroom_s_hours(client: httpx2.AsyncClient, services: Services) -> None:
    early = await a_meeting(services["sessions"], begins_in=timedelta(minutes=20))
    answer = await client.get(TOKEN, params={"booking_id": early.id}, headers=as_(early.people.tutor))
    assert answer.json() == {"error": "The classroom is not open yet. Come back a little before the lesson."}
