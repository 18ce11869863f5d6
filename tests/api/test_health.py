"""What a front says of itself to those who watch it."""

from uuid import uuid4

import httpx2
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.services import Services
from db.inbox import store_events
from db.session import open_engine, open_sessions
from lessons.capture import Arrival, EventKind, RoomEvent
from studio.ports import any_port
from tests.api.conftest import asked


async def test_it_lives(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_without_temporal_it_is_degraded_and_counts_what_waits(
    client: httpx2.AsyncClient, services: Services
) -> None:
    waiting = (await client.get("/readyz")).json()["inbox_waiting"]
    async with services["sessions"].begin() as session:
        await store_events(session, [Arrival(RoomEvent(f"EV_{uuid4()}", EventKind.ROOM_FINISHED, "room"))])
    answer = await client.get("/readyz")
    told = {"status": "degraded", "database": "ready", "temporal": "unavailable", "inbox_waiting": waiting + 1}
    assert (answer.status_code, answer.json()) == (200, told)


async def test_with_temporal_it_is_ready(services: Services, temporal_server: str) -> None:
    converter = pydantic_data_converter
    services["temporal"] = await Client.connect(temporal_server, lazy=True, data_converter=converter)
    async with asked(services) as client:
        answer = await client.get("/readyz")
    told = answer.json()
    assert (answer.status_code, told["status"], told["temporal"]) == (200, "ready", "ready")


async def test_without_a_database_it_is_not_ready(services: Services) -> None:
    engine = open_engine(f"postgresql+asyncpg://studio@127.0.0.1:{any_port()}/studio")
    services["sessions"] = open_sessions(engine)
    async with asked(services) as client:
        answer = await client.get("/readyz")
        alive = await client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["database"]) == (
        503,
        "unavailable",
        "unavailable",
    )
    assert alive.status_code == 200
    await engine.dispose()


async def test_on_an_empty_database_it_says_that_it_is_not_migrated(
    services: Services, empty_database_url: str
) -> None:
    engine = open_engine(empty_database_url)
    services["sessions"] = open_sessions(engine)
    async with asked(services) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "not_migrated")
    await engine.dispose()
