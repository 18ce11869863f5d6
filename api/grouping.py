"""Storing many events with few commits: those that arrive together share one insert."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.inbox import store_events
from db.session import Sessions, open_sessions
from lessons.capture import Arrival

MOST = 500
DEADLINE = 5.0
VALUES_FAULT = ("22", "54")
"""The SQLSTATE classes of values that are none of Postgres, or larger than it can hold."""


class Unstorable(Exception):
    """Postgres can never hold this event."""


class Waiting(NamedTuple):
    """An event, who waits for it to be durable, and until when."""

    arrival: Arrival
    stored: asyncio.Future[None]
    until: float


class GroupedInbox:
    """While one insert is under way, whatever arrives waits and becomes the next one."""

    def __init__(self, sessions: Sessions, deadline: float = DEADLINE) -> None:
        engine: AsyncEngine = sessions.kw["bind"]
        self.sessions = open_sessions(engine.execution_options(isolation_level="AUTOCOMMIT"))
        self.deadline = deadline
        self.waiting: list[Waiting] = []
        self.written: Sequence[Waiting] = ()
        self.writer: asyncio.Task[None] | None = None

    async def store(self, arrival: Arrival) -> None:
        """Return once the event is durable; whoever stops waiting leaves the others' insert alone.

        Raises Unstorable, TimeoutError after the deadline, or whatever kept Postgres from storing it.
        """
        loop = asyncio.get_running_loop()
        stored = loop.create_future()
        self.waiting.append(Waiting(arrival, stored, loop.time() + self.deadline))
        if self.writer is None:
            self.writer = loop.create_task(self.write())
        await stored

    async def write(self) -> None:
        """Store what waits, group after group on one connection; one statement is one transaction."""
        self.look_for_late()
        try:
            while self.waiting:
                async with self.sessions() as session:
                    while self.waiting and await self.write_group(session, self.next_group()):
                        continue
        except Exception as error:
            tell(self.waiting, error)
            self.waiting = []
        finally:
            self.timer.cancel()
            self.writer = None

    def look_for_late(self) -> None:
        """Tell whoever has waited long enough, however long Postgres takes to give up; look again in time."""
        loop, both = asyncio.get_running_loop(), (*self.written, *self.waiting)
        tell([one for one in both if one.until <= loop.time()], TimeoutError())
        again = next((one.until for one in both if not one.stored.done()), loop.time() + self.deadline)
        self.timer = loop.call_at(again, self.look_for_late)

    def next_group(self) -> list[Waiting]:
        group, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
        self.written = group
        return group

    async def write_group(self, session: AsyncSession, group: Sequence[Waiting]) -> bool:
        """Store a group and tell who waits; false when the connection is not to be used again.

        One that Postgres cannot hold does not take the others with it, and a group whose connection broke is
        stored on another one: storing twice is storing once.
        """
        try:
            async with asyncio.timeout_at(group[-1].until):
                await store_events(session, [one.arrival for one in group])
        except Exception as error:
            if is_data_error(error):
                return await self.write_one_by_one(session, group)
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                self.waiting[:0] = group
            else:
                tell(group, error)
            return False
        tell(group)
        return True

    async def write_one_by_one(self, session: AsyncSession, group: Sequence[Waiting]) -> bool:
        if len(group) == 1:
            tell(group, Unstorable())
            return True
        return all([await self.write_group(session, [one]) for one in group])


def is_data_error(error: Exception) -> bool:
    """Whether it is the values' fault: they are no text, or nothing that Postgres can hold."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return isinstance(error, UnicodeError) or str(state).startswith(VALUES_FAULT)


def tell(group: Sequence[Waiting], error: Exception | None = None) -> None:
    for one in group:
        if one.stored.done():
            continue
        if error is None:
            one.stored.set_result(None)
        else:
            one.stored.set_exception(error)
