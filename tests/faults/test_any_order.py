"""Six events of a lesson, each told thrice and in any order: through inbox, relay and workflow to the same lesson.

What came too late to be looked for in storage, an egress that failed with a usable file, is the reconciler's to find.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.ledger import Ledgers
from activities.notifications import Notifications
from activities.reconciling import Reconciling
from activities.recordings import Recordings, nobody
from activities.speech import Speech
from db.inbox import store_events, waiting_count
from db.overdue import RARELY, overdue_lessons
from db.session import Sessions
from lessons.capture import Arrival, RecordedFile, lesson_id_of
from lessons.drills import as_fix
from lessons.highlights import Highlight
from lessons.opt_out import OptOutLinks
from lessons.ports import Classroom, Measured
from lessons.transcript import Speaker, Transcript
from providers.disk import DiskFileStore
from studio.children import side_by_side
from studio.ports import any_port
from studio.temporal import temporal_server
from tests.activities.classrooms import ScriptedRecorder
from tests.activities.scenes import lay
from tests.activities.scripted import (
    ScriptedAnalyst,
    ScriptedCutter,
    ScriptedEmbedder,
    ScriptedMailer,
    ScriptedReader,
    ScriptedTranscriber,
    said,
)
from tests.api.held import a_mistake
from tests.conftest import tell
from tests.lessons.test_capture import EVENTS
from tests.rows import a_booking
from workers.relay import Relay
from workers.roster import Staff, roster
from workers.run import worker
from workflows.showing import workflow_id_of

ORDERS = 20
PATIENCE = 120.0
STORED = {"a.mp4": 100, "b.mp4": 40, "c.mp4": 70}
HEARD = Transcript((said(Speaker.STUDENT, 1.0, "I goed home with my three very small dogs."),))
BEST = Highlight(0.0, 20.0, 0.9, "Dogs", "I goed home.")
STATE = {
    "lesson": "SELECT status, stage, nothing, degraded::text, seconds FROM studio.lessons WHERE booking_id = :booking",
    "recording": "SELECT status, transcript_json::text FROM public.lesson_recordings WHERE booking_id = :booking",
    "stages": "SELECT stage, status FROM studio.lesson_stages WHERE lesson_id = :lesson ORDER BY 1",
    "parts": """
        SELECT number, split_part(key, '/', 4), offset_seconds, seconds FROM studio.recording_parts
        WHERE lesson_id = :lesson ORDER BY 1
    """,
    "mistakes": "SELECT said, better, start_seconds FROM studio.lesson_mistakes WHERE lesson_id = :lesson ORDER BY 1",
    "drills": "SELECT content::text FROM public.lesson_drills WHERE recording_id = :lesson ORDER BY 1",
    "clips": "SELECT start_time, end_time FROM public.marketing_clips WHERE recording_id = :lesson ORDER BY 1",
    "chunks": "SELECT number, start_seconds, text FROM studio.lesson_chunks WHERE lesson_id = :lesson ORDER BY 1",
    "letters": "SELECT channel, status FROM studio.deliveries WHERE lesson_id = :lesson ORDER BY 1",
}


class Left(ScriptedRecorder):
    """Knows of every room what is left of its recordings."""

    async def recordings(self, room: Classroom) -> list[RecordedFile]:
        files = [file for one in told_of(room.name) for file in one.files if file.bytes]
        return [replace(file, bytes=size_of(file)) for file in files]


@pytest.fixture(scope="module")
async def temporal(open_folder: Path) -> AsyncIterator[Client]:
    """A server of its own: the run's has lessons on which nobody is to work."""
    port = any_port()
    server = temporal_server(open_folder / "temporal-in-any-order", port, any_port())
    async with side_by_side([server], open_folder / "logs-in-any-order", tell):
        yield await Client.connect(f"127.0.0.1:{port}", data_converter=pydantic_data_converter)


@pytest.fixture
async def relay(
    sessions: Sessions, database_url: str, temporal: Client, store: DiskFileStore, tmp_path: Path
) -> AsyncIterator[Relay]:
    """A relay and workers that work on whatever it starts."""
    relay = Relay(sessions, temporal, "/api/lessons", database_url.replace("+asyncpg", ""))
    async with AsyncExitStack() as working:
        for post in roster(staff(sessions, store, tmp_path)).values():
            await working.enter_async_context(worker(temporal, post))
        relaying = asyncio.create_task(relay.run())
        yield relay
        relaying.cancel()


@pytest.fixture
def store(tmp_path: Path) -> DiskFileStore:
    return DiskFileStore(tmp_path / "files", "recordings", "http://127.0.0.1:1", "secret")


def staff(sessions: Sessions, store: DiskFileStore, scratch: Path) -> Staff:
    ledgers = Ledgers(sessions, store, scratch, {})
    return Staff(
        Recordings(sessions, store, Reader(), scratch),
        Speech(sessions, store, ScriptedTranscriber(HEARD), ledgers),
        Insights(sessions, store, ScriptedAnalyst([a_mistake(3.2, False)], [BEST]), ledgers, as_fix),
        Clips(sessions, store, ScriptedCutter(), scratch),
        Knowledge(sessions, ScriptedEmbedder(), ledgers),
        Notifications(sessions, ScriptedMailer(), "studio.localhost", OptOutLinks("http://studio.localhost", "secret")),
        Reconciling(sessions, None, nobody),
    )


class Reader(ScriptedReader):
    """Has measured every file alike."""

    def __init__(self) -> None:
        super().__init__(defaultdict(lambda: Measured(30.0, 30.0, 1, 1, 1, 2, (-20.0, -20.0), audio_sha256="sound")))


def told_of(room: str) -> list[Arrival]:
    """The six events, of this room."""
    return [
        Arrival(
            replace(one.event, id=f"{one.event.id}-{room}", room=room, egress_id=one.event.egress_id and f"EG_{room}"),
            tuple(replace(file, key=f"lessons/{room}/RM_1/{file.key}") for file in one.files),
        )
        for one in EVENTS
    ]


def size_of(file: RecordedFile) -> int:
    return STORED[file.key.rpartition("/")[2]]


async def told(sessions: Sessions, order: Sequence[Arrival], chance: random.Random) -> None:
    """Tell the inbox of six events three times over: all at once, or while the lesson goes on, or after it is over."""
    pause = chance.choice([0.0, 0.1, 0.5])
    for one in (*order, *reversed(order), *order):
        async with sessions.begin() as session:
            await store_events(session, [one])
        await asyncio.sleep(pause)


async def reconciled(sessions: Sessions) -> None:
    """Look for what nobody has told, as many rounds long as it takes until it is every lesson's turn."""
    reconciling = Reconciling(sessions, Left(), nobody)
    async with sessions() as session:
        rounds = [await overdue_lessons(session, turn) for turn in range(RARELY)]
    for one in chain(*rounds):
        await reconciling.look_after(one)


async def until_over(sessions: Sessions, temporal: Client, bookings: Sequence[str]) -> None:
    """Wait until nothing waits in the inbox and every lesson's run has ended."""
    async with asyncio.timeout(PATIENCE):
        while await waiting(sessions) or any([await is_running(temporal, booking) for booking in bookings]):
            await asyncio.sleep(0.1)


async def waiting(sessions: Sessions) -> int:
    async with sessions() as session:
        return await waiting_count(session)


async def is_running(temporal: Client, booking: str) -> bool:
    found = await temporal.get_workflow_handle(workflow_id_of(booking)).describe()
    return found.status is WorkflowExecutionStatus.RUNNING


async def state_of(sessions: Sessions, booking: str) -> dict[str, Any]:
    """All that is left of a lesson, without what is its own."""
    about = {"booking": booking, "lesson": lesson_id_of(booking)}
    async with sessions() as session:
        rows = {name: await session.execute(text(query), about) for name, query in STATE.items()}
        return {name: [tuple(row) for row in found] for name, found in rows.items()}


async def test_whatever_order_events_come_in_they_end_in_the_same_lesson(
    sessions: Sessions, temporal: Client, relay: Relay, store: DiskFileStore
) -> None:
    chance = random.Random(11)
    bookings = [await a_booking(sessions) for _ in range(ORDERS)]
    orders = [chance.sample(told_of(booking), len(EVENTS)) for booking in bookings]
    for file in (file for order in orders for one in order for file in one.files):
        lay(store, file.key, b"x" * size_of(file))
    await asyncio.gather(*(told(sessions, order, chance) for order in orders))
    await until_over(sessions, temporal, bookings)
    await reconciled(sessions)
    await until_over(sessions, temporal, bookings)
    first, *others = [await state_of(sessions, booking) for booking in bookings]
    assert others == [first] * (ORDERS - 1)
    assert first["lesson"][0][:2] == ("completed", "notify")
    assert [row[1:3] for row in first["parts"]] == [("a.mp4", 0.0), ("b.mp4", 90.0), ("c.mp4", 200.0)]
    assert all(first.values())
