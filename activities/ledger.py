"""Pay once: every question to a provider goes through here, and what arrived whole is never asked for again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.exc import DBAPIError

from db import provider_calls
from db.provider_calls import Kept
from db.session import Sessions, at_once
from lessons.calls import Call, Price, Reply, cost_of
from lessons.errors import LessonError, RecordingMissing
from lessons.ports import FileStore

INLINE = 256 << 10
"""Larger answers lie in storage, so that Postgres stays quick."""

LARGEST = 64 << 20
PAUSES = (0.2, 1, 3, 5, 0)
"""Seconds between tries to keep an answer: it was paid for, so a database on its way back is waited for."""


@dataclass(frozen=True)
class Ledgers:
    """The ledgers of all lessons; `prices` are by `provider/model`."""

    sessions: Sessions
    store: FileStore
    scratch: Path
    prices: Mapping[str, Price]

    def of(self, lesson_id: str) -> "LessonLedger":
        return LessonLedger(self, lesson_id)


@dataclass(frozen=True)
class LessonLedger:
    """A `lessons.ports.Ledger` over the table provider_calls, and over storage for large answers."""

    all: Ledgers
    lesson_id: str

    async def recall(self, call: Call) -> bytes | None:
        async with at_once(self.all.sessions) as session:
            kept = await provider_calls.kept_answer(session, call)
        if kept is None or kept.body_key is None:
            return kept.body if kept else None
        try:
            return await self.all.store.read(kept.body_key, LARGEST)
        except RecordingMissing as lost:
            await self.spoil(call, lost)
            return None

    async def once(self, call: Call, ask: Callable[[], Awaitable[Reply]]) -> bytes:
        if (known := await self.recall(call)) is not None:
            return known
        async with at_once(self.all.sessions) as session:
            needed = await provider_calls.note_asked(session, self.lesson_id, call)
        if not needed:
            return await self.once(call, ask)
        try:
            reply = await ask()
        except LessonError as error:
            await self.note_failed(call, error.code)
            raise
        await whatever_happens(self.keep(call, reply))
        return reply.body

    async def expect(self, secrets: Mapping[Call, str], task_token: bytes) -> None:
        """Remember that these calls will be answered by who knows their secret, and who waits for them all."""
        async with self.all.sessions.begin() as session:
            for call, secret in secrets.items():
                digest = sha256(secret.encode()).hexdigest()
                await provider_calls.expect_callback(session, self.lesson_id, call, digest, task_token)

    async def order(self, call: Call, send: Callable[[], Awaitable[None]]) -> None:
        """Count and send a request whose answer comes later; one that has come is not ordered again."""
        async with self.all.sessions.begin() as session:
            needed = await provider_calls.note_asked(session, self.lesson_id, call)
        try:
            if needed:
                await send()
        except LessonError as error:
            await self.note_failed(call, error.code)
            raise

    async def keep(self, call: Call, reply: Reply) -> None:
        cost = cost_of(call, reply.usage, self.all.prices)
        for pause in PAUSES:
            try:
                kept = await self.stored(call, reply.body)
                async with at_once(self.all.sessions) as session:
                    await provider_calls.keep_answer(
                        session, self.lesson_id, call, kept, reply.usage, cost, reply.request_id
                    )
                return
            except (LessonError, DBAPIError, OSError):
                if not pause:
                    raise
                await asyncio.sleep(pause)

    async def stored(self, call: Call, body: bytes) -> Kept:
        if len(body) <= INLINE:
            return Kept(body, None)
        key = f"lessons/{self.lesson_id}/answers/{call.key}.json"
        with TemporaryDirectory(dir=self.all.scratch) as folder:
            file = Path(folder) / "answer.json"
            await asyncio.to_thread(file.write_bytes, body)
            await self.all.store.put(key, file, "application/json")
        return Kept(None, key)

    async def spoil(self, call: Call, error: LessonError) -> None:
        async with self.all.sessions.begin() as session:
            await provider_calls.spoil_answer(session, call, error.code)

    async def note_failed(self, call: Call, code: str) -> None:
        async with self.all.sessions.begin() as session:
            await provider_calls.note_failed(session, call, code)


async def whatever_happens(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work, also when cancelled meanwhile."""
    doing = asyncio.create_task(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await doing
        raise
