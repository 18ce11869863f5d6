"""Pay once: every question to a provider goes through here, and what arrived whole is never asked for again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from db import callbacks, provider_calls
from db.provider_calls import Kept
from db.session import Sessions, at_once, is_away
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
                if await provider_calls.note_asked(session, self.lesson_id, call):
                    break
            await asyncio.sleep(LOOK_AGAIN)
        return await self.asked(call, ask) if known is None else known

    async def asked(self, call: Call, ask: Callable[[], Awaitable[Reply]]) -> bytes:
        try:
            reply = await ask()
        except LessonError as error:
            await self.note_failed(call, error.code)
            raise
        await whatever_happens(self.keep(call, reply))
        return reply.body

    async def expect(self, calls: Iterable[Call], task_token: bytes) -> list[Call]:
        """Remember which step waits for these calls, all at once; return those whose answer is not here."""
        async with self.all.sessions.begin() as session:
            return [call for call in calls if await callbacks.expect_answer(session, self.lesson_id, call, task_token)]

    async def order(self, call: Call, secret: str, patience: timedelta, send: Callable[[], Awaitable[None]]) -> None:
        """Count and send a request whose answer comes later under this secret, and is so long waited for.

        What has come, or is still waited for, is not ordered again.
        """
        async with self.all.sessions.begin() as session:
            needed = await provider_calls.note_asked(session, self.lesson_id, call, patience)
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
        usage = reply.usage.believed
        cost = cost_of(call, usage, self.all.prices)
        kept = await self.stored(call, reply.body)

        async def keep() -> None:
            async with at_once(self.all.sessions) as session:
                await provider_calls.keep_answer(session, self.lesson_id, call, kept, usage, cost, reply.request_id)

        await patiently(keep, A_MINUTE)

    async def stored(self, call: Call, body: bytes) -> Kept:
        """Where the answer lies; one for which there is no storage is kept like a small one."""
        if len(body) <= INLINE:
            return Kept(body, None)
        key = f"lessons/{self.lesson_id}/answers/{call.key}.json"
        try:
            await patiently(lambda: self.put(key, body), A_MOMENT)
        except (LessonError, OSError):
            log.warning("An answer of %d KB lies in Postgres: storage does not take it.", len(body) >> 10)
            return Kept(body, None)
        return Kept(None, key)

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
        try:
            return await work()
        except Exception as error:
            if not (is_away(error) or isinstance(error, DBAPIError | Unavailable)):
                raise
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
