"""Hearing what Postgres tells by NOTIFY."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg


@asynccontextmanager
async def listening(url: str, channel: str, told: Callable[..., None]) -> AsyncIterator[asyncio.Event]:
    """Hear of `channel` until the block is left; the event is set when the connection breaks.

    `url` is Postgres's for LISTEN (`postgresql://...`, no pooler); `told` is called as asyncpg does it: connection,
    process, channel, what was told.
    """
    gone = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        connection.add_termination_listener(lambda _: gone.set())
        await connection.add_listener(channel, told)
        yield gone
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=2)
