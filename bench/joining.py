"""How long somebody waits at the classroom's door for her token, beside an authenticated GET of nothing."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from bench.ground import tell
from bench.measuring import Figure, agree, latencies, ratio, told
from bench.posting import front_part
from studio.children import side_by_side
from studio.client import StudioClient, client_of
from studio.embedded import our_own
from studio.ports import any_port
from studio.seed import STUDENT, TUTOR
from studio.settings import Settings
from studio.wiring import temporal_client
from workflows.showing import record_id_of

WARM, TIMES = 20, 300
BOOK = """
    INSERT INTO public.bookings (id, tutor_id, student_id, scheduled_at, duration_minutes, timezone, status)
    SELECT gen_random_uuid(), $1, $2, now(), 60, 'UTC', 'completed' FROM generate_series(1, $3) RETURNING id::text
"""


async def measure(settings: Settings) -> list[Figure]:
    async with with_rooms(settings) as (placed, rooms):
        bookings = await booked(placed)
        api = our_own(placed)[:1]
        try:
            async with (
                side_by_side(api, placed.home / "logs", tell),
                client_of(placed, placed.api.public_url or "") as client,
            ):
                asked = [(await entering(client, booking), await nothing(client)) for booking in bookings]
        finally:
            await forget(placed, bookings)
    entered, got = ([pair[side] for pair in asked[WARM:]] for side in (0, 1))
    return [
        *latencies(f"join to token ({rooms})", entered),
        Figure(
            "join to token / an authenticated GET of nothing",
            ratio(entered, got),
            limit=10,
            detail=f"{told(entered)} against {told(got)}",
        ),
    ]


@asynccontextmanager
async def with_rooms(settings: Settings) -> AsyncIterator[tuple[Settings, str]]:
    """Settings with the studio's own LiveKit server, or where there is none with a stand-in; and which it is."""
    if settings.livekit.url:
        yield settings, "livekit-server"
        return
    port = any_port()
    livekit = settings.livekit.model_copy(update={"url": f"ws://127.0.0.1:{port}"})
    async with side_by_side([front_part("rooms", port, settings)], settings.home / "logs", tell):
        yield settings.model_copy(update={"livekit": livekit}), "a stand-in for LiveKit"


async def booked(settings: Settings) -> list[str]:
    """Lessons that begin now, each with a room that nobody has opened yet."""
    connection = await asyncpg.connect(settings.database.plain_url)
    try:
        rows = await connection.fetch(BOOK, TUTOR, STUDENT, WARM + TIMES)
        return [row["id"] for row in rows]
    finally:
        await connection.close()


async def entering(client: StudioClient, booking: str) -> float:
    begun = time.perf_counter()
    answer = await client.http.post(f"/api/bookings/{booking}/room")
    waited = time.perf_counter() - begun
    agree("the room", {"given": answer.json().get("roomName"), "wanted": booking})
    return waited


async def nothing(client: StudioClient) -> float:
    begun = time.perf_counter()
    answer = await client.http.get("/api/vocabulary")
    waited = time.perf_counter() - begun
    agree("the vocabulary", {"given": answer.json(), "wanted": {"terms": []}})
    return waited


async def forget(settings: Settings, bookings: list[str]) -> None:
    """Leave no room to be watched."""
    temporal = await temporal_client(settings.temporal)
    for booking in bookings:
        await temporal.get_workflow_handle(record_id_of(booking)).terminate()
