"""How a classroom is watched until its lesson is over."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from lessons.errors import OperatorAction, StorageUnavailable
from tests.workflows.conftest import a_session, entered, scripted_workers
from tests.workflows.scripted import Script

MOST_EVENTS = 30
AWAY = StorageUnavailable(after=timedelta(milliseconds=20))


async def begun(script: Script) -> None:
    while not script.asked["watch"]:
        await asyncio.sleep(0.01)


async def test_a_classroom_is_watched_and_then_the_inbox_is_told(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_workers(skipping.client, script):
        room = await entered(skipping.client, a_session())
        await begun(script)
        assert script.asked["deliver"] == 0
        script.watched.set()
        await room.result()
    assert script.asked["deliver"] >= 1


async def test_both_people_let_in_are_watched_by_one(skipping: WorkflowEnvironment) -> None:
    script, session = Script(), a_session()
    async with scripted_workers(skipping.client, script):
        first = await entered(skipping.client, session)
        await begun(script)
        second = await entered(skipping.client, session)
        assert second.result_run_id == first.result_run_id
        assert script.asked["watch"] == 1
        script.watched.set()
        await second.result()


async def test_a_watch_that_is_beyond_repair_still_tells_the_inbox(skipping: WorkflowEnvironment) -> None:
    script = Script(failing={"watch": [OperatorAction(), OperatorAction()]})
    async with scripted_workers(skipping.client, script):
        await (await entered(skipping.client, a_session())).result()
    assert script.asked["deliver"] >= 1


async def test_the_inbox_is_told_as_soon_as_storage_is_back(skipping: WorkflowEnvironment) -> None:
    script = Script(failing={"deliver": [AWAY] * 12})
    script.watched.set()
    async with scripted_workers(skipping.client, script):
        await (await entered(skipping.client, a_session())).result()
    assert script.asked["deliver"] >= 13


async def test_who_enters_when_the_lesson_is_just_over_is_watched_again(skipping: WorkflowEnvironment) -> None:
    script, session = Script(failing={"deliver": [AWAY] * 50}), a_session()
    script.watched.set()
    async with scripted_workers(skipping.client, script):
        first = await entered(skipping.client, session)
        while not script.asked["deliver"]:
            await asyncio.sleep(0.01)
        second = await entered(skipping.client, session)
        assert second.result_run_id == first.result_run_id
        await second.result()
    assert script.asked["watch"] == 2


async def test_who_enters_after_a_session_begins_another(skipping: WorkflowEnvironment) -> None:
    script, session = Script(), a_session()
    script.watched.set()
    async with scripted_workers(skipping.client, script):
        first = await entered(skipping.client, session)
        await first.result()
        second = await entered(skipping.client, session)
        await second.result()
    assert second.result_run_id != first.result_run_id


async def test_a_long_lesson_leaves_a_short_history(skipping: WorkflowEnvironment) -> None:
    script, session = Script(), a_session(datetime.now(UTC) + timedelta(hours=4))
    async with scripted_workers(skipping.client, script):
        room = await entered(skipping.client, session)
        await begun(script)
        for _ in range(3):
            await entered(skipping.client, session)
            await asyncio.sleep(0.05)
        script.watched.set()
        await room.result()
    history = await room.fetch_history()
    assert 0 < len(history.events) <= MOST_EVENTS


async def test_a_watch_that_is_cancelled_stops(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_workers(skipping.client, script):
        room = await entered(skipping.client, a_session())
        await begun(script)
        await room.cancel()
        while (await room.describe()).status is WorkflowExecutionStatus.RUNNING:
            await asyncio.sleep(0.05)
        assert (await room.describe()).status is WorkflowExecutionStatus.CANCELED
    assert script.asked["deliver"] == 0
