"""From the API's answer into a real room."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import numpy as np
import pytest

from api.services import Services
from db.session import Sessions
from providers.livekit import livekit_rooms
from tests.api.conftest import asked, services_on
from tests.api.meetings import Booked, a_meeting
from tests.api.signing import as_
from tests.livekit.participants import Person, in_the_room
from tests.livekit.servers import LiveKitServer
from tests.rows import new_people

SILENCE = np.zeros(480, np.int16)


@pytest.fixture
async def services(
    livekit: LiveKitServer, sessions: Sessions, database_url: str, tmp_path: Path
) -> AsyncIterator[Services]:
    services = await services_on(sessions, database_url, tmp_path)
    async with livekit_rooms(livekit.url, livekit.key, livekit.secret) as rooms:
        services["classrooms"] = replace(services["classrooms"], rooms=rooms, url=livekit.url)
        yield services


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with asked(services) as client:
        yield client


@pytest.fixture
async def booked(services: Services) -> Booked:
    """A booking of a student who has no account."""
    return await a_meeting(services["sessions"], replace(new_people(), student_user=None))


async def entering(client: httpx2.AsyncClient, booked: Booked, headers: dict[str, str]) -> Person:
    """Somebody who goes where the API's answer sends her."""
    answer = (await client.post(f"{booked.at}/room", headers=headers)).json()
    return Person(answer["url"], answer["token"], SILENCE, 0.0)


async def test_both_meet_by_account_and_by_link_until_the_tutor_ends_the_lesson(
    client: httpx2.AsyncClient, services: Services, booked: Booked
) -> None:
    rooms = services["classrooms"].rooms
    link = (await client.get(booked.at, headers=as_(booked.people.tutor))).json()["student_link"]
    tutor = await entering(client, booked, as_(booked.people.tutor))
    student = await entering(client, booked, {"authorization": f"Bearer {link.partition('#t=')[2]}"})
    async with in_the_room(tutor, student):
        here = await rooms.people(booked.id)
        assert sorted(here or []) == [f"student-{booked.people.student}", f"tutor-{booked.people.tutor}"]
        ended = await client.post(f"{booked.at}/end", headers=as_(booked.people.tutor))
        assert (ended.status_code, await rooms.people(booked.id)) == (202, None)


async def test_a_wrong_key_lets_nobody_in_and_is_logged_with_its_setting(
    client: httpx2.AsyncClient,
    services: Services,
    booked: Booked,
    livekit: LiveKitServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with livekit_rooms(livekit.url, livekit.key, "another secret of thirty-two letters") as rooms:
        services["classrooms"] = replace(services["classrooms"], rooms=rooms)
        async with asked(services) as misled:
            answer = await misled.post(f"{booked.at}/room", headers=as_(booked.people.tutor))
    assert (answer.status_code, answer.json()["code"]) == (503, "room_unavailable")
    assert any("STUDIO_LIVEKIT__API_SECRET" in message for message in caplog.messages)
