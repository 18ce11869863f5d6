"""How long a paid answer is in danger: from its last byte until its row is committed."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import asyncpg

from activities.ledger import Ledgers, LessonLedger
from bench.lessons import BOOK
from bench.measuring import Figure, Side, interleaved, ratio, told
from db.lessons import open_lesson
from db.people import booking_of
from db.session import Sessions
from lessons.calls import Call, Reply, Usage
from providers.disk import DiskFileStore
from studio.seed import STUDENT, TUTOR
from studio.settings import Settings
from studio.wiring import database
from workflows.showing import workflow_id_of

ROUNDS = 9
SMALL, LARGE = 4 << 10, 13 << 20
"""Bytes of a language model's answer, and of Deepgram's for four hours of two channels."""

TABLE = "CREATE TABLE IF NOT EXISTS public.bench_answers (key text PRIMARY KEY, body bytea)"
INSERT = "INSERT INTO public.bench_answers VALUES ($1, $2)"


async def measure(settings: Settings) -> list[Figure]:
    connection = await asyncpg.connect(settings.database.plain_url)
    with TemporaryDirectory(dir=settings.home) as folder:
        try:
            await connection.execute(TABLE)
            async with a_ledger(settings, Path(folder)) as ledger:
                return [await small(ledger, connection), await large(ledger, Path(folder))]
        finally:
            await connection.execute("DROP TABLE public.bench_answers")
            await connection.close()


@asynccontextmanager
async def a_ledger(settings: Settings, folder: Path) -> AsyncIterator[LessonLedger]:
    """The ledger of a lesson of its own, with a folder for storage."""
    async with database(settings) as sessions:
        store = DiskFileStore(folder, "recordings", "http://127.0.0.1", "secret")
        yield Ledgers(sessions, store, folder, {}).of(await a_lesson(sessions))


async def a_lesson(sessions: Sessions) -> str:
    room = str(uuid4())
    async with sessions.begin() as session:
        await session.execute(BOOK, {"id": room, "tutor": TUTOR, "student": STUDENT})
        booked = await booking_of(session, room)
        assert booked
        return await open_lesson(session, booked, workflow_id_of(room))


async def small(ledger: LessonLedger, connection: Any) -> Figure:
    items, body = 20, os.urandom(SMALL)

    async def keep(_: int) -> None:
        for _ in range(items):
            await ledger.write(a_call(), Reply(body, Usage()))

    async def insert(_: int) -> None:
        for _ in range(items):
            await connection.execute(INSERT, uuid4().hex, body)

    ours, bare = Side(keep, items), Side(insert, items)
    await interleaved({"ledger": ours, "insert": bare}, ROUNDS)
    return shown("an answer of 4 KB until it is kept / a bare insert of it", ours, bare)


async def large(ledger: LessonLedger, folder: Path) -> Figure:
    body = os.urandom(LARGE)

    async def keep(_: int) -> None:
        await ledger.write(a_call(), Reply(body, Usage()))

    async def write(number: int) -> None:
        with (folder / f"bare-{number}").open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())

    ours, bare = Side(keep), Side(write)
    await interleaved({"ledger": ours, "file": bare}, ROUNDS)
    return shown("an answer of 13 MB until it is kept / a file of it, synced", ours, bare)


def a_call() -> Call:
    return Call("openai", "mistakes", "gpt-4o", "1", uuid4().hex)


def shown(name: str, ours: Side, bare: Side) -> Figure:
    return Figure(name, ratio(ours.wall, bare.wall), detail=f"{told(ours.wall)} against {told(bare.wall)}")
