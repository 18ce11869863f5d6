"""What is asked of Temporal beside the work itself."""

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.workflows.conftest import a_session, entered
from workers.overseeing import is_watched, reconcile_regularly, watch
from workflows.reconcile import EVERY, SCHEDULE
from workflows.record_lesson import record_id_of


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


async def test_a_room_that_was_never_watched_is_watched_once(temporal: Client) -> None:
    session = a_session()
    await watch(temporal, session)
    handle = temporal.get_workflow_handle(record_id_of(session.booking_id))
    first = await handle.describe()
    await watch(temporal, session)
    await handle.terminate()
    await watch(temporal, session)
    assert (await handle.describe()).run_id == first.run_id
