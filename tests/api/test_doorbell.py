"""Who comes and goes wakes whoever watches the room, and costs LiveKit's event nothing."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api.doorbell import Doorbell
from api.services import Services
from db.classrooms import CHANNEL
from db.session import open_engine, open_sessions
from studio.ports import any_port
from tests.api.conftest import School
from tests.api.test_webhooks import stored, tell
from tests.db.listening import listening


def happened(event: str, room: str, **participant: Any) -> dict[str, Any]:
    """An event as LiveKit sends it."""
    person = {"sid": "PA_1", "identity": "student-1", "state": "ACTIVE"} | participant
    return {"event": event, "id": f"EV_{uuid4()}", "room": {"sid": "RM_1", "name": room}, "participant": person}


async def quiet(services: Services) -> None:
    """Wait until nothing is being told."""
    while services["classrooms"].doorbell.telling:
        await asyncio.sleep(0.01)


STIRRING = ["participant_joined", "participant_left", "track_published", "track_unpublished"]


@pytest.mark.parametrize("event", STIRRING)
async def test_a_person_who_comes_goes_or_speaks_wakes_the_room_s_watcher_and_is_not_stored(
    event: str, client: httpx2.AsyncClient, services: Services, school: School
) -> None:
    room = str(uuid4())
    async with listening(school.database_url, CHANNEL) as heard:
        assert (await tell(client, happened(event, room))).status_code == 200
        await quiet(services)
        assert await heard() == [room]
    assert await stored(services, room) == []


@pytest.mark.parametrize(
    "participant",
    [
        {"kind": "EGRESS", "identity": "someone"},
        {"kind": "AGENT", "identity": "someone"},
        {"kind": 2, "identity": "someone"},
        {"identity": "EG_b"},
    ],
)
async def test_a_recorder_wakes_nobody(
    participant: dict[str, Any], client: httpx2.AsyncClient, services: Services, school: School
) -> None:
    async with listening(school.database_url, CHANNEL) as heard:
        assert (await tell(client, happened("participant_joined", str(uuid4()), **participant))).status_code == 200
        await quiet(services)
        assert await heard() == []


@pytest.mark.parametrize("room", ["a room of somebody's", "", "test-1", "x" * 9000])
async def test_a_room_that_is_no_booking_wakes_nobody(
    room: str, client: httpx2.AsyncClient, services: Services, school: School
) -> None:
    async with listening(school.database_url, CHANNEL) as heard:
        assert (await tell(client, happened("participant_joined", room))).status_code == 200
        await quiet(services)
        assert await heard() == []


async def test_a_room_to_try_things_out_in_ends_no_lesson(client: httpx2.AsyncClient, services: Services) -> None:
    room = f"test-{uuid4()}"
    event = {"event": "room_finished", "id": f"EV_{uuid4()}", "room": {"name": room}}
    assert (await tell(client, event)).status_code == 200
    assert await stored(services, room) == []


async def test_rings_that_come_together_are_told_together(services: Services, school: School) -> None:
    doorbell, rooms = services["classrooms"].doorbell, [str(uuid4()) for _ in range(300)]
    async with listening(school.database_url, CHANNEL) as heard:
        for room in rooms * 3:
            doorbell.ring(room)
        await quiet(services)
        assert sorted(await heard()) == sorted(rooms)


async def test_a_ring_that_nobody_can_hear_is_lost_and_the_next_one_is_not_waited_for(school: School) -> None:
    engine = open_engine(f"postgresql+asyncpg://studio@127.0.0.1:{any_port()}/studio")
    doorbell = Doorbell(open_sessions(engine))
    doorbell.ring(str(uuid4()))
    while doorbell.telling:
        await asyncio.sleep(0.01)
    assert doorbell.rung == set()
    await engine.dispose()
