"""What a durable answer to a webhook costs, beside a bare insert and beside starting the workflow in the route."""

import asyncio
import json
from dataclasses import asdict
from functools import partial
from typing import Any

import asyncpg

from api.livekit_events import event_in
from bench.ground import tell
from bench.measuring import Figure, Side, agree, interleaved, ratio, tree_cpu
from bench.posting import Posting, front_part, posting
from bench.webhooks import egress_ended
from studio.children import side_by_side
from studio.embedded import our_own
from studio.ports import any_port
from studio.settings import Settings
from workers.connecting import connect

ROUNDS = 5
COUNT, IN_ROUTE = 1200, 80
EQUAL = """
    CREATE SCHEMA bench;
    CREATE TABLE bench.webhook_events (LIKE studio.webhook_events INCLUDING ALL)
"""
INSERT = """
    INSERT INTO bench.webhook_events (id, kind, room, egress_id, status, files) VALUES ($1, $2, $3, $4, $5, $6)
"""
STORED = """
    SELECT count(*), md5(string_agg(concat_ws('|', id, kind, room, egress_id, status, files), '' ORDER BY id))
    FROM {}.webhook_events
"""
LEFT = "TRUNCATE studio.webhook_events; DROP SCHEMA bench CASCADE"

Row = tuple[object, ...]


async def measure(settings: Settings) -> list[Figure]:
    connection = await asyncpg.connect(settings.database.plain_url)
    await connection.execute(EQUAL)
    port, api = any_port(), settings.api.port or 0
    fronts = [*our_own(settings)[:1], front_part("starting", port, settings)]
    try:
        async with (
            side_by_side(fronts, settings.home / "logs", tell),
            posting(api, settings, ROUNDS + 1, COUNT) as storing,
            posting(port, settings, ROUNDS + 1, IN_ROUTE) as starting,
        ):
            figures = await compared(connection, storing, starting)
        await check(connection, settings)
        return figures
    finally:
        await connection.execute(LEFT)
        await connection.close()


async def compared(connection: Any, storing: Posting, starting: Posting) -> list[Figure]:
    rows = [[row_of(one * COUNT + at) for at in range(COUNT)] for one in range(ROUNDS + 1)]
    clock = partial(tree_cpu, frozenset({storing.process.pid, starting.process.pid}))
    ours = Side(storing.post, COUNT, clock)
    bare = Side(lambda number: insert(connection, rows[number]), COUNT, clock)
    started = Side(starting.post, IN_ROUTE, clock)
    await interleaved({"ours": ours, "bare": bare, "started": started}, ROUNDS)
    return [times_as_many("bare insert", ours, bare, 1.5), times_as_many("start in the route", ours, started, 8)]


def times_as_many(name: str, ours: Side, other: Side, limit: float) -> Figure:
    return Figure(
        f"durable acks per second / {name}",
        ratio(other.wall, ours.wall),
        limit=limit,
        at_least=True,
        cpu=ratio(other.cpu, ours.cpu),
        detail=f"{ours.rate} against {other.rate}",
    )


async def check(connection: Any, settings: Settings) -> None:
    """Raise OutputsDiffer unless both tables hold the same events and every lesson was started."""
    tables = {name: tuple(await connection.fetchrow(STORED.format(name))) for name in ("studio", "bench")}
    agree("stored events", tables)
    asked = IN_ROUTE * (ROUNDS + 1)
    agree("lessons", {"asked for": asked, "started": await started_lessons(settings, asked)})


def row_of(number: int) -> Row:
    """What the inbox keeps of an event, ready to be bound."""
    arrival = event_in(egress_ended(number)).arrival()
    assert arrival
    event = arrival.event
    files = json.dumps([asdict(file) for file in arrival.files])
    return event.id, event.kind.value, event.room, event.egress_id, event.status, files


async def insert(connection: Any, rows: list[Row]) -> None:
    """One row, one statement, one transaction, one after the other."""
    for row in rows:
        await connection.execute(INSERT, *row)


async def started_lessons(settings: Settings, expected: int) -> int:
    """How many lessons Temporal knows, which it counts a moment later."""
    temporal = await connect(settings.temporal.address or "")
    for _ in range(50):
        counted = (await temporal.count_workflows("WorkflowType = 'ProcessLessonWorkflow'")).count
        if counted >= expected:
            break
        await asyncio.sleep(0.1)
    return counted
