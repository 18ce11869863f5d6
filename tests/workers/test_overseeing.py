"""What is asked of Temporal beside the work itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from tests.workflows.conftest import a_session, entered, scripted_workers
from tests.workflows.scripted import Script
from workers.overseeing import is_watched, reconcile_regularly, watch
from workflows.asking import CAPTURE
from workflows.reconcile import EVERY, SCHEDULE
from workflows.record_lesson import RecordLessonWorkflow
from workflows.showing import record_id_of


@pytest.fixture
async def temporal(temporal_server: str) -> Client:
    return await Client.connect(temporal_server, data_converter=pydantic_data_converter)


async def test_every_worker_that_starts_leaves_one_schedule_that_skips_what_overlaps(temporal: Client) -> None:
    for _ in range(3):
        await reconcile_regularly(temporal)
    found = [one.id async for one in await temporal.list_schedules()]
    assert found.count(SCHEDULE) == 1
    schedule = (await temporal.get_schedule_handle(SCHEDULE).describe()).schedule
    assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert [one.every for one in schedule.spec.intervals] == [EVERY]


async def test_a_schedule_that_an_operator_paused_stays_paused(temporal: Client) -> None:
    await reconcile_regularly(temporal)
    handle = temporal.get_schedule_handle(SCHEDULE)
    await handle.pause(note="the storage is being moved")
    await reconcile_regularly(temporal)
    assert (await handle.describe()).schedule.state.paused


async def test_a_room_is_watched_from_when_somebody_enters_until_its_watch_is_over(temporal: Client) -> None:
    session = a_session()
    assert not await is_watched(temporal, session.booking_id)
    watching = await entered(temporal, session)
    assert await is_watched(temporal, session.booking_id)
    await watching.terminate()
    assert not await is_watched(temporal, session.booking_id)


async def test_a_room_whose_watch_waits_for_a_worker_for_long_is_not_watched(temporal: Client) -> None:
    session = a_session()
    watching = await entered(temporal, session)
    assert not await is_watched(temporal, session.booking_id, silent=timedelta(0))
    async with Worker(temporal, task_queue=CAPTURE.name, workflows=[RecordLessonWorkflow]):
        while not (await watching.describe()).raw_description.pending_activities:
            await asyncio.sleep(0.05)
    assert not await is_watched(temporal, session.booking_id, silent=timedelta(0))
    assert await is_watched(temporal, session.booking_id)
    await watching.terminate()


async def test_a_room_at_which_a_worker_is_is_watched_however_long(temporal: Client) -> None:
    session, script = a_session(), Script()
    async with scripted_workers(temporal, script):
        watching = await entered(temporal, session)
        while not script.asked["watch"]:
            await asyncio.sleep(0.05)
        assert await is_watched(temporal, session.booking_id, silent=timedelta(0))
        script.watched.set()
        await watching.result()


async def test_a_room_is_watched_anew_only_where_somebody_was_let_in_since_its_last_watch(temporal: Client) -> None:
    session, let_in = a_session(), datetime.now(UTC)
    assert await watch(temporal, session, let_in)
    handle = temporal.get_workflow_handle(record_id_of(session.booking_id))
    first = await handle.describe()
    assert await watch(temporal, session, datetime.now(UTC))
    await handle.terminate()
    assert not await watch(temporal, session, let_in)
    assert (await handle.describe()).run_id == first.run_id
    assert await watch(temporal, session, datetime.now(UTC))
    assert (await handle.describe()).run_id != first.run_id
    assert await is_watched(temporal, session.booking_id)
    await handle.terminate()
