"""LiveKit's webhook: verified on its raw bytes, stored once, and answered so that nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from api.grouping import GroupedInbox
from api.services import Services
from db.inbox import arrivals_in
from db.session import open_engine, open_sessions
from lessons.capture import EventKind
from studio.ports import any_port
from tests.api.conftest import asked, served
from tests.api.signing import KEY, SECRET, egress_ended, room_finished, webhook_token

HOOK = "/api/webhooks/livekit"


async def tell(client: httpx2.AsyncClient, event: object, **headers: str) -> httpx2.Response:
    """Send an event as LiveKit does; headers replace its own."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    usual = {"authorization": webhook_token(body), "content-type": "application/webhook+json"}
    return await client.post(HOOK, content=body, headers=usual | headers)


@pytest.fixture
def room() -> str:
    return str(uuid4())


async def stored(services: Services, room: str) -> list[str]:
    async with services["sessions"]() as session:
        return [arrival.event.id for arrival in await arrivals_in(session, room)]


async def test_the_events_that_end_a_lesson_are_stored(
    client: httpx2.AsyncClient, services: Services, room: str
) -> None:
    for event in (egress_ended(room), room_finished(room)):
        answer = await tell(client, event)
        assert (answer.status_code, answer.content) == (200, b"")
    async with services["sessions"]() as session:
        arrivals = await arrivals_in(session, room)
    assert [arrival.event.kind for arrival in arrivals] == [EventKind.EGRESS_ENDED, EventKind.ROOM_FINISHED]
    assert arrivals[0].files[0].bytes == 3500000


async def test_an_event_told_again_is_stored_once(client: httpx2.AsyncClient, services: Services, room: str) -> None:
    answers = await asyncio.gather(*(tell(client, egress_ended(room)) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert await stored(services, room) == [f"EV_ended_{room}"]


@pytest.mark.parametrize("name", ["room_started", "participant_joined", "egress_updated", "import", "new_in_2027"])
async def test_other_events_are_taken_and_forgotten(
    name: str, client: httpx2.AsyncClient, services: Services, room: str
) -> None:
    assert (await tell(client, egress_ended(room) | {"event": name})).status_code == 200
    assert await stored(services, room) == []


@pytest.mark.parametrize("change", ["nothing", "Bearer", "a wrong secret", "another body", "no sense"])
async def test_a_bad_signature_is_refused_and_nothing_stored(
    change: str, client: httpx2.AsyncClient, services: Services, room: str
) -> None:
    body = json.dumps(egress_ended(room)).encode()
    token = {
        "nothing": "",
        "Bearer": f"Bearer {webhook_token(body)}",
        "a wrong secret": webhook_token(body, KEY, SECRET[::-1]),
        "another body": webhook_token(b"{}"),
        "no sense": "x.y.z",
    }[change]
    answer = await tell(client, body, authorization=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert await stored(services, room) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"id": "EV_1"}', b'{"event": "egress_ended"}'])
async def test_what_is_signed_but_no_event_is_told_as_such(body: bytes, client: httpx2.AsyncClient) -> None:
    answer = await tell(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "unparsable")


async def test_what_postgres_cannot_hold_is_told_as_such(
    client: httpx2.AsyncClient, services: Services, room: str
) -> None:
    answers = await asyncio.gather(tell(client, egress_ended(room, f"EV_\x00{room}")), tell(client, egress_ended(room)))
    assert [answer.status_code for answer in answers] == [400, 200]
    assert await stored(services, room) == [f"EV_ended_{room}"]


async def test_a_body_beyond_256_kib_is_refused_however_it_is_sent(client: httpx2.AsyncClient) -> None:
    fits, body = [json.dumps({"id": "EV_1", "event": "x", "pad": "x" * size}).encode() for size in (2**18 - 44, 2**18)]

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 5000):
            yield body[at : at + 5000]

    told = await client.post(HOOK, content=pieces(), headers={"authorization": webhook_token(body)})
    assert len(fits) <= 2**18
    assert [(await tell(client, one)).status_code for one in (fits, body)] == [200, 413]
    assert (told.status_code, told.json()["code"]) == (413, "too_large")


EVERYTHING = "SELECT CAST(array_agg(e) AS text) FROM studio.webhook_events e WHERE room = :room"


async def test_a_failed_egress_leaves_no_secret_behind(
    client: httpx2.AsyncClient, services: Services, room: str
) -> None:
    event: dict[str, Any] = egress_ended(room)
    event["egressInfo"] |= {"egressId": "", "participant": {"fileOutputs": [{"s3": {"secret": "hunter2"}}]}}
    assert (await tell(client, event)).status_code == 200
    async with services["sessions"]() as session:
        kept = await session.scalar(text(EVERYTHING), {"room": room})
    assert room in str(kept)
    assert "hunter2" not in str(kept)


async def test_without_postgres_the_sender_is_asked_to_come_again(services: Services, room: str) -> None:
    engine = open_engine(f"postgresql+asyncpg://studio@127.0.0.1:{any_port()}/studio")
    services["inbox"] = GroupedInbox(open_sessions(engine))
    async with asked(services) as client:
        answer = await tell(client, egress_ended(room))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "retry-after" not in answer.headers
    await engine.dispose()


async def test_a_sender_that_stalls_is_asked_to_come_again_and_loses_its_connection(services: Services) -> None:
    services["inbox"] = GroupedInbox(services["sessions"], deadline=0.2)
    async with served(services) as url:
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        writer.write(f"POST {HOOK} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"body_too_slow" in answer
    assert b"retry-after" not in answer.lower()


async def test_a_store_that_is_too_slow_is_answered_in_time(services: Services, room: str) -> None:
    services["inbox"] = GroupedInbox(services["sessions"], deadline=0.2)
    async with asked(services) as client, services["sessions"].begin() as session:
        await session.execute(text("LOCK TABLE studio.webhook_events"))
        answer = await tell(client, egress_ended(room))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "retry-after" not in answer.headers


async def test_a_slow_body_and_a_slow_store_have_one_deadline_together(services: Services, room: str) -> None:
    services["inbox"] = GroupedInbox(services["sessions"], deadline=1)
    body = json.dumps(egress_ended(room)).encode()
    head = f"POST {HOOK} HTTP/1.1\r\nhost: x\r\nauthorization: {webhook_token(body)}\r\ncontent-length: {len(body)}"
    async with served(services) as url, services["sessions"].begin() as session:
        await session.execute(text("LOCK TABLE studio.webhook_events"))
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        writer.write(f"{head}\r\n\r\n".encode())
        await asyncio.sleep(0.7)
        services["inbox"].deadline = 60
        writer.write(body)
        answer = await reader.readuntil(b"}")
        writer.close()
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"database_unavailable" in answer
