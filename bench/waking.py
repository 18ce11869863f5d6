"""How soon a lesson's workflow is awake after the front has taken that its room has closed, beside a bare start."""

import asyncio
import json
import time
import uuid
from contextlib import suppress

import asyncpg
import httpx2
from temporalio.client import Client
from temporalio.service import RPCError

from bench.ground import tell
from bench.idle import IdleWorkflow
from bench.joining import booked
from bench.measuring import Figure, agree, latencies, ratio, told
from bench.webhooks import PATH, token
from studio.children import side_by_side
from studio.embedded import our_own
from studio.settings import Settings
from studio.wiring import temporal_client
from workflows.showing import workflow_id_of

WARM = 20
PAUSE = 0.03
STARTED_WITHIN = 30.0
LEFT = "DELETE FROM studio.webhook_events WHERE room = ANY($1)"


async def measure(settings: Settings) -> list[Figure]:
    bookings, temporal = await booked(settings), await temporal_client(settings.temporal)
    async with side_by_side(our_own(settings), settings.home / "logs", tell):
        pairs = await ended(settings, temporal, bookings)
    await forget(settings, bookings)
    waited, bare = ([pair[side] for pair in pairs[WARM:]] for side in (0, 1))
    return [
        *latencies("room_finished taken to workflow started", waited),
        *latencies("a bare start_workflow", bare),
        Figure(
            "room_finished taken to workflow started / a bare start_workflow",
            ratio(waited, bare),
            limit=4,
            detail=f"{told(waited)} against {told(bare)}",
        ),
    ]


async def ended(settings: Settings, temporal: Client, bookings: list[str]) -> list[tuple[float, float]]:
    """Close one room after the other; how long each lesson took to be awake, and a bare start after it."""
    pairs = []
    async with httpx2.AsyncClient(base_url=settings.api.public_url or "") as http:
        for booking in bookings:
            taken = await close(http, settings, booking)
            woken = await started_at(temporal, booking)
            await asyncio.sleep(PAUSE)
            pairs.append((woken - taken, await start(temporal)))
    return pairs


async def close(http: httpx2.AsyncClient, settings: Settings, booking: str) -> float:
    """Tell that a room has closed, as LiveKit tells it; return the moment of the answer."""
    event = {"event": "room_finished", "id": f"EV_{booking}", "room": {"sid": "RM_1", "name": booking}}
    body = json.dumps(event | {"createdAt": str(int(time.time()))}).encode()
    secret = settings.livekit.api_secret
    signed = token(body, secret.get_secret_value() if secret else "")
    headers = {"authorization": signed, "content-type": "application/webhook+json"}
    answer = await http.post(PATH, content=body, headers=headers)
    agree("room_finished", {"given": answer.status_code, "wanted": 200})
    return time.time()


async def start(temporal: Client) -> float:
    """How long it takes to start a workflow on which nobody works."""
    begun = time.perf_counter()
    await temporal.start_workflow(IdleWorkflow.run.__name__, id=f"bare-{uuid.uuid4()}", task_queue="nobody")
    return time.perf_counter() - begun


async def started_at(temporal: Client, booking: str) -> float:
    """The moment of Temporal's first event of a lesson, by the clock that is ours as well."""
    handle = temporal.get_workflow_handle(workflow_id_of(booking))
    async with asyncio.timeout(STARTED_WITHIN):
        while True:
            await asyncio.sleep(PAUSE)
            with suppress(RPCError):
                return (await handle.describe()).start_time.timestamp()


async def forget(settings: Settings, bookings: list[str]) -> None:
    connection = await asyncpg.connect(settings.database.plain_url)
    try:
        await connection.execute(LEFT, bookings)
    finally:
        await connection.close()
