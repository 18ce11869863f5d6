"""What Postgres told those who listen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

LAST = "nothing more"


@asynccontextmanager
async def listening(database_url: str, channel: str) -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
    """Listen on a channel; what it yields answers what was told there since it was asked before."""
    told: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await connection.add_listener(
        channel, lambda _connection, _process, _channel, payload: told.put_nowait(str(payload))
    )

    async def heard() -> list[str]:
        await connection.execute(f"NOTIFY {channel}, '{LAST}'")
        return [payload async for payload in until_last(told)]

    yield heard
    await connection.close()


async def until_last(told: asyncio.Queue[str]) -> AsyncIterator[str]:
    while (payload := await told.get()) != LAST:
        yield payload
