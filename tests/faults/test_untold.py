"""Lessons of which no event ever came, or none could be kept: Temporal's schedule finds what was recorded of them."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from temporalio.client import (
    Client,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowExecutionStatus,
)

from lessons.capture import lesson_id_of
from studio.children import Child, all_of, stopped_at_last
from studio.client import StudioClient, client_of
from studio.configuration import read_settings
from studio.embedded import lay_ground, our_own, site
from studio.following import until_over
from studio.keys import keys_of
from studio.livekit_events import Sender, egress_ended, room_finished
from studio.ports import any_port
from studio.running import Running
from studio.seed import STUDENT, TUTOR
from studio.settings import LiveKit
from tests.conftest import tell
from tests.end_to_end.recordings import SHORT
from tests.end_to_end.studios import HELD
from workflows.reconcile import SCHEDULE

SECONDS, PATIENCE = 30.0, 180.0


@dataclass(frozen=True)
class Untold:
    """A studio that has a LiveKit server only by name, and whose own server of Postgres can be stopped."""

    running: Running
    home: Path
    client: StudioClient
    postgres: Child
    temporal: Client

    async def rows(self, query: str, *values: object) -> list[Any]:
        connection = await asyncpg.connect(self.running.database)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def held(self, recording: Path) -> str:
        """A lesson that is over, and of which our recorder has left this file in storage; return its booking."""
        [booked] = await self.rows(HELD, TUTOR, STUDENT)
        folder = self.home / "files" / "recordings" / "lessons" / booked["id"] / "recordings"
        note = {"id": "one", "started_at": time.time(), "seconds": SECONDS, "bytes": recording.stat().st_size}
        folder.mkdir(parents=True)
        shutil.copy(recording, folder / "0000.mp4")
        (folder / "0000.json").write_text(json.dumps(note))
        return str(booked["id"])

    async def told(self, booking: str) -> list[str]:
        """What the inbox was told of a lesson, by ids without what is the booking's."""
        rows = await self.rows("SELECT id FROM studio.webhook_events WHERE room = $1", booking)
        return [row["id"].partition("-")[0] for row in rows]

    async def over(self, booking: str) -> dict[str, Any]:
        """Wait until a lesson is over, also if it has not begun."""
        async with asyncio.timeout(PATIENCE):
            while not (await self.client.http.get(f"/api/lessons/{lesson_id_of(booking)}")).is_success:
                await asyncio.sleep(0.05)
            return await until_over(self.client, lesson_id_of(booking), show=False)


@pytest.fixture(scope="module")
async def untold(open_folder: Path) -> AsyncIterator[Untold]:
    home, livekit = open_folder / "untold", LiveKit(url=f"ws://127.0.0.1:{any_port()}")
    with site(read_settings(Path("none.env"), home=home, livekit=livekit)) as (running, settings, parts):
        logs = home / "logs"
        async with stopped_at_last(parts, logs, tell) as servers, stopped_at_last(our_own(settings), logs, tell) as own:
            await lay_ground(servers, settings, own_database=True)
            await all_of(*(child.start() for child in own))
            temporal = await Client.connect(running.temporal)
            await temporal.get_schedule_handle(SCHEDULE).update(every_second)
            [postgres] = [child for child in servers if child.part.name == "postgres"]
            async with client_of(settings, running.api) as client:
                yield Untold(running, home, client, postgres, temporal)


def every_second(found: ScheduleUpdateInput) -> ScheduleUpdate:
    schedule = found.description.schedule
    schedule.spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(seconds=1))])
    return ScheduleUpdate(schedule)


async def test_a_lesson_of_which_no_event_ever_came_is_found_by_the_schedule_and_processed(untold: Untold) -> None:
    booking = await untold.held(SHORT)
    assert (await untold.over(booking))["status"] == "completed"
    assert await untold.told(booking) == ["found"]
    rounds = [one async for one in untold.temporal.list_workflows(f"TemporalScheduledById = '{SCHEDULE}'")]
    assert {one.workflow_type for one in rounds} == {"ReconcileWorkflow"}
    assert WorkflowExecutionStatus.COMPLETED in {one.status for one in rounds}


async def test_lessons_whose_events_the_sender_gave_up_while_postgres_was_away_are_found_and_processed(
    untold: Untold, quiet: Path
) -> None:
    schedule = untold.temporal.get_schedule_handle(SCHEDULE)
    await schedule.pause()
    while (await schedule.describe()).info.running_actions:
        await asyncio.sleep(0.05)
    bookings = [await untold.held(quiet) for _ in range(5)]
    await untold.postgres.stop()
    assert [await given_up(untold, booking) for booking in bookings] == [[503, 503]] * 5
    await untold.postgres.start()
    assert [await untold.told(booking) for booking in bookings] == [[]] * 5
    await schedule.unpause()
    assert [(await untold.over(booking))["status"] for booking in bookings] == ["completed"] * 5
    assert [await untold.told(booking) for booking in bookings] == [["found"]] * 5


async def given_up(untold: Untold, booking: str) -> list[int]:
    """How LiveKit is answered that tells of the end of a lesson, and will not tell again."""
    sender = Sender("devkey", keys_of(untold.home).livekit)
    statuses = []
    async with httpx2.AsyncClient(base_url=untold.running.api) as http:
        for event in (room_finished(booking), egress_ended(booking, f"lessons/{booking}/one.mp4", 1, seconds=60)):
            body = json.dumps(event).encode()
            answer = await http.post("/api/webhooks/livekit", content=body, headers=sender.headers_for(body))
            statuses.append(answer.status_code)
    return statuses
