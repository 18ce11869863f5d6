"""Storing many events with few commits: those that arrive together share one insert."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from db.inbox import store_events
from db.session import Sessions
from lessons.capture import Arrival

MOST = 500
DEADLINE = 5.0
DATA_EXCEPTION = "22"

Waiting = tuple[Arrival, asyncio.Future[None]]


class Unstorable(Exception):
    """Postgres can never hold this event."""


class GroupedInbox:
    """While one insert is under way, whatever arrives waits and becomes the next one."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.waiting: list[Waiting] = []
        self.writer: asyncio.Task[None] | None = None

    async def store(self, arrival: Arrival) -> None:
        """Return once the event is durable; raises Unstorable, or whatever kept Postgres from storing it.

        Whoever stops waiting leaves the others' insert alone.
        """
        stored = asyncio.get_running_loop().create_future()
        self.waiting.append((arrival, stored))
        if self.writer is None:
            self.writer = asyncio.create_task(self.write())
        await stored

    async def write(self) -> None:
        try:
            while self.waiting:
                group, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
                await self.write_group(group)
        finally:
            self.writer = None

    async def write_group(self, group: Sequence[Waiting]) -> None:
        """Store a group and tell who waits; one that Postgres cannot hold does not take the others with it."""
        try:
            async with asyncio.timeout(DEADLINE):
                await self.insert([arrival for arrival, _ in group])
        except Exception as error:
            if not is_data_error(error):
                return tell(group, error)
            if len(group) == 1:
                return tell(group, Unstorable())
            for one in group:
                await self.write_group([one])
            return None
        tell(group)
        return None

    async def insert(self, arrivals: Sequence[Arrival]) -> None:
        """One statement is one transaction: no BEGIN, no COMMIT to wait for."""
        async with self.sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            await store_events(session, arrivals)


def is_data_error(error: Exception) -> bool:
    """Whether it is the values' fault (SQLSTATE class 22)."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return str(state).startswith(DATA_EXCEPTION)


def tell(group: Sequence[Waiting], error: Exception | None = None) -> None:
    for _, stored in group:
        if stored.done():
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
