"""Pay once: every question to a provider goes through here, and what arrived whole is never asked for again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import callbacks, provider_calls
from db.session import Sessions, at_once
from lessons.calls import Call, Price, Reply, cost_of
from lessons.errors import LessonError, RecordingMissing, Unavailable
from lessons.ports import FileStore

log = logging.getLogger("studio.steps")

T = TypeVar("T")

INLINE = 256 << 10
"""Larger answers lie in storage, so that Postgres stays quick."""

LARGEST = 64 << 20
LOOK_AGAIN = 1.0
"""Seconds until it is looked again whether an answer that is on its way has come."""

HOLD = timedelta(seconds=10)
"""So long a question is ours alone after we were last heard of; not longer than a step that dies is waited for."""

AWAY = (DBAPIError, PoolTimeout, OSError)
"""What a statement raises that Postgres may take later: it is not there, has no room, or no connection is free."""

A_MINUTE = (0.2, 1, 3, 6, 10, 15, 15, 15)
A_MOMENT = (0.5,)
"""Seconds between tries to keep an answer. It was paid for, so a database on its way back is waited for; storage,
which an answer can do without, only for a moment."""


@dataclass(frozen=True)
class Ledgers:
    """The ledgers of all lessons; `prices` are by `provider/model`."""

    sessions: Sessions
    store: FileStore
    scratch: Path
    prices: Mapping[str, Price]

    def of(self, lesson_id: str, step: str = "") -> "LessonLedger":
        """One lesson's ledger, for the step of that name, which stays the same however often the step is tried."""
        return LessonLedger(self, lesson_id, step)


@dataclass(frozen=True)
class LessonLedger:
    """A `lessons.ports.Ledger` over the table provider_calls, and over storage for large answers."""

    all: Ledgers
    lesson_id: str
    step: str = ""

    async def recall(self, call: Call) -> bytes | None:
        async with at_once(self.all.sessions) as session:
            kept = await provider_calls.kept_answer(session, call, self.step)
        if kept is None or kept.body_key is None:
            return kept.body if kept else None
        try:
            return await self.all.store.read(kept.body_key, LARGEST)
        except RecordingMissing as lost:
            await self.spoil(call, lost)
            return None

    async def once(self, call: Call, ask: Callable[[], Awaitable[Reply]]) -> bytes:
        while (known := await self.recall(call)) is None:
            async with at_once(self.all.sessions) as session:
                if await provider_calls.note_asked(session, self.lesson_id, call, hold=HOLD):
                    break
            await asyncio.sleep(LOOK_AGAIN)
        return await self.asked(call, ask) if known is None else known

    async def asked(self, call: Call, ask: Callable[[], Awaitable[Reply]]) -> bytes:
        try:
            async with self.holding(call):
                reply = await ask()
        except LessonError as error:
            await self.note_failed(call, error.code)
            raise
        await whatever_happens(self.write(call, reply))
        await self.lay_away(call, reply)
        return reply.body

    @asynccontextmanager
    async def holding(self, call: Call) -> AsyncIterator[None]:
        """Let nobody ask the same until the block is left, or is ended from outside, or nothing more is heard of us."""
        renewing = asyncio.create_task(self.renew(call))
        try:
            yield
        except asyncio.CancelledError:
            await whatever_happens(self.hold(call, timedelta()))
            raise
        finally:
            renewing.cancel()

    async def renew(self, call: Call) -> None:
        while True:
            await asyncio.sleep(HOLD.total_seconds() / 3)
            await self.hold(call, HOLD)

    async def hold(self, call: Call, hold: timedelta) -> None:
        with suppress(*AWAY):
            async with at_once(self.all.sessions) as session:
                await provider_calls.hold(session, call, hold)

    async def expect(self, calls: Iterable[Call], task_token: bytes) -> list[Call]:
        """Remember which step waits for these calls, all at once; return those whose answer is not here."""
        async with self.all.sessions.begin() as session:
            return [call for call in calls if await callbacks.expect_answer(session, self.lesson_id, call, task_token)]

    async def order(self, call: Call, secret: str, patience: timedelta, send: Callable[[], Awaitable[None]]) -> None:
        """Count and send a request whose answer comes later under this secret, and is so long waited for.

        What has come, or is still waited for, is not ordered again.
        """
        async with self.all.sessions.begin() as session:
            needed = await provider_calls.note_asked(session, self.lesson_id, call, patience=patience)
            if needed:
                await callbacks.open_callback(session, call, sha256(secret.encode()).hexdigest())
        try:
            if needed:
                await send()
        except LessonError as error:
            await self.note_failed(call, error.code)
            raise

    async def is_waiting(self, task_token: bytes) -> bool:
        """Whether the step of this token waits for answers that are still to come."""
        async with at_once(self.all.sessions) as session:
            return await callbacks.is_waiting(session, task_token)

    async def keep(self, call: Call, reply: Reply) -> None:
        await self.write(call, reply)
        await self.lay_away(call, reply)

    async def write(self, call: Call, reply: Reply) -> None:
        """Keep an answer in Postgres, whatever its size: nothing is as soon done, and until then it can be lost."""
        usage = reply.usage.believed
        cost = cost_of(call, usage, self.all.prices)

        async def write() -> None:
            async with at_once(self.all.sessions) as session:
                told = call, reply.body, usage, cost, reply.request_id
                await provider_calls.keep_answer(session, self.lesson_id, *told)

        await patiently(write, A_MINUTE)

    async def lay_away(self, call: Call, reply: Reply) -> None:
        """Move a large answer to storage; one that storage does not take stays where it is."""
        if len(reply.body) <= INLINE:
            return
        key = f"lessons/{self.lesson_id}/answers/{call.key}.json"
        try:
            await patiently(lambda: self.put(key, reply.body), A_MOMENT)
            async with at_once(self.all.sessions) as session:
                await provider_calls.lay_away(session, call, reply.request_id, key)
        except (LessonError, *AWAY):
            log.warning("An answer of %d KB stays in Postgres: it could not be moved.", len(reply.body) >> 10)

    async def put(self, key: str, body: bytes) -> None:
        with TemporaryDirectory(dir=self.all.scratch) as folder:
            file = Path(folder) / "answer.json"
            await asyncio.to_thread(file.write_bytes, body)
            await self.all.store.put(key, file, "application/json")

    async def spoil(self, call: Call, error: LessonError) -> None:
        async with self.all.sessions.begin() as session:
            await provider_calls.spoil_answer(session, call, error.code)

    async def give_up(self, call: Call, error: LessonError) -> None:
        async with self.all.sessions.begin() as session:
            await provider_calls.give_up_answer(session, call, error.code, self.step)

    async def note_failed(self, call: Call, code: str) -> None:
        async with self.all.sessions.begin() as session:
            await provider_calls.note_failed(session, call, code)


async def patiently(work: Callable[[], Awaitable[T]], pauses: Sequence[float]) -> T:
    """Do the work, and after each of these pauses once more while what it needs is away."""
    for pause in pauses:
        with suppress(*AWAY, Unavailable):
            return await work()
        await asyncio.sleep(pause)
    return await work()


async def whatever_happens(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work, however often this is cancelled meanwhile."""
    doing = asyncio.create_task(work)
    stop: asyncio.CancelledError | None = None
    while not doing.done():
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError as cancelled:
            stop = cancelled
    if stop:
        raise stop
