"""What a durable answer to a webhook costs, beside a bare insert and beside starting the workflow in the route."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
from pydantic import SecretStr

from api.livekit_events import event_in
from bench.ground import tell
from bench.measuring import Figure, Side, agree, interleaved, ratio, tree_cpu
from bench.webhooks import egress_ended
from providers.children import running
from studio.children import Part, answers, side_by_side
from studio.embedded import our_own
from studio.ports import any_port
from studio.settings import Settings
from workers.run import connect

ROUNDS = 7
COUNT, IN_ROUTE = 3000, 150
EQUAL = """
    CREATE SCHEMA IF NOT EXISTS bench;
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
SECRET = "a-secret-for-benches-only-of-forty-chars"


async def measure(settings: Settings) -> list[Figure]:
    signed = settings.model_copy(
        update={"livekit": settings.livekit.model_copy(update={"api_secret": SecretStr(SECRET)})}
    )
    connection = await asyncpg.connect(settings.database.plain_url)
    await connection.execute(EQUAL)
    port = any_port()
    fronts = [*our_own(signed)[:1], in_route(port, signed)]
    try:
        async with (
            side_by_side(fronts, settings.home / "logs", tell),
            load(signed.api.port or 0, COUNT) as posting,
            load(port, IN_ROUTE) as starting,
        ):
            return await compared(connection, posting, starting, signed)
    finally:
        await connection.execute(LEFT)
        await connection.close()


async def compared(connection: Any, posting: Any, starting: Any, settings: Settings) -> list[Figure]:
    rows = [[row_of(one * COUNT + at) for at in range(COUNT)] for one in range(ROUNDS + 1)]
    ours = Side(partial(post, posting), COUNT)
    bare = Side(lambda number: insert(connection, rows[number]), COUNT)
    started = Side(partial(post, starting), IN_ROUTE)
    apart = frozenset({posting.pid, starting.pid})
    await interleaved({"ours": ours, "bare": bare, "start": started}, ROUNDS, partial(tree_cpu, apart))
    tables = {name: tuple(await connection.fetchrow(STORED.format(name))) for name in ("studio", "bench")}
    agree("stored events", tables)
    agree("workflows", {"asked": IN_ROUTE * (ROUNDS + 1), "started": await workflows(settings)})
    return [
        Figure(
            "durable ack / bare insert, events per second",
            ratio(bare.wall, ours.wall),
            limit=1.5,
            at_least=True,
            cpu=ratio(ours.cpu, bare.cpu),
            detail=f"{ours.rate} against {bare.rate}",
        ),
        Figure(
            "durable ack / start in the route, events per second",
            ratio(started.wall, ours.wall),
            limit=8,
            at_least=True,
            cpu=ratio(ours.cpu, started.cpu),
            detail=f"{ours.rate} against {started.rate}",
        ),
    ]
