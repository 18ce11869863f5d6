"""What a tutor can do about a lesson's run, on a real Temporal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from sqlalchemy import select
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from api.services import Services
from db.inbox import store_events
from db.lessons import mark_cancelled, mark_completed
from db.models import WebhookEvent
from db.stages import begin_stage
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent
from lessons.errors import RecordingEmpty
from lessons.messages import Failure, Lesson, LessonReport, Stage
from tests.api.conftest import asked
from tests.api.signing import as_
from tests.rows import a_lesson
from tests.workflows.scripted import Script, all_answers
from workers.relay import Relay
from workers.roster import Post
from workers.run import worker
from workflows.asking import AI, LESSONS, MEDIA
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options

Handle = WorkflowHandle[ProcessLessonWorkflow, LessonReport]


@pytest.fixture
async def temporal(services: Services, temporal_server: str) -> Client:
    client = await Client.connect(temporal_server, data_converter=pydantic_data_converter)
    services["temporal"] = client
    return client


@pytest.fixture
async def lesson(services: Services) -> Lesson:
    return await a_lesson(services["sessions"])


@pytest.fixture
async def client(services: Services, temporal: Client) -> AsyncIterator[httpx2.AsyncClient]:
    async with asked(services) as client:
        yield client


@asynccontextmanager
async def working(temporal: Client, script: Script) -> AsyncIterator[None]:
    """Workers that follow a script."""
    async with AsyncExitStack() as running:
        for queue in (LESSONS, AI, MEDIA):
            workflows: list[type] = [ProcessLessonWorkflow] if queue is LESSONS else []
            await running.enter_async_context(worker(temporal, Post(queue, all_answers(script), 5, workflows)))
        yield


async def started(temporal: Client, lesson: Lesson) -> Handle:
    """A lesson whose recording has come."""
    imported = RoomEvent("EV_1", EventKind.IMPORT, lesson.booking_id)
    return await temporal.start_workflow(
        ProcessLessonWorkflow.run,
        lesson,
        **start_options(lesson, "studio"),
        start_signal="room_event",
        start_signal_args=[imported],
    )


async def parked(handle: Handle) -> None:
    while await handle.query(ProcessLessonWorkflow.failed_with) is None:
        pass


async def act(client: httpx2.AsyncClient, lesson: Lesson, what: str, from_stage: str | None = None) -> tuple[int, str]:
    """Ask for something in the tutor's name; status and code."""
    body = {"from_stage": from_stage} if from_stage else None
    answer = await client.post(f"/api/lessons/{lesson.lesson_id}/{what}", json=body, headers=as_(lesson.tutor_id))
    return answer.status_code, answer.json().get("code", "")


async def test_a_failed_lesson_goes_on(client: httpx2.AsyncClient, temporal: Client, lesson: Lesson) -> None:
    script = Script(failing={"fetch": [RecordingEmpty()]})
    async with working(temporal, script):
        handle = await started(temporal, lesson)
        await parked(handle)
        assert await act(client, lesson, "retry", "index") == (409, "bad_stage")
        assert await act(client, lesson, "retry") == (202, "")
        assert (await handle.result()).drills == 4
        assert script.asked["settle"] == 1
        assert script.asked["fetch"] == 2


async def test_a_lesson_on_its_way_can_be_cancelled_but_not_retried(
    client: httpx2.AsyncClient, temporal: Client, lesson: Lesson
) -> None:
    script = Script()
    async with working(temporal, script):
        handle = await temporal.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
        assert await act(client, lesson, "retry") == (409, "not_failed")
        assert await act(client, lesson, "cancel") == (202, "")
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        assert await act(client, lesson, "cancel") == (202, "")
    assert script.asked["mark_cancelled"] == 1


async def being_announced(
    services: Services, temporal: Client, lesson: Lesson
) -> WorkflowHandle[ProcessLessonWorkflow, LessonReport]:
    """The run of a lesson that is completed, and that people are still to be told of."""
    async with services["sessions"].begin() as session:
        await mark_completed(session, lesson, LessonReport())
    return await temporal.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))


async def test_a_lesson_that_is_still_being_announced_is_retried_in_a_moment(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    handle = await being_announced(services, temporal, lesson)
    answer = await client.post(f"/api/lessons/{lesson.lesson_id}/retry", headers=as_(lesson.tutor_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "being_announced")
    assert int(answer.headers["retry-after"]) > 0
    await handle.terminate()


async def test_a_lesson_that_has_ended_is_made_again_from_the_stage_that_is_asked_for(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    script = Script()
    async with working(temporal, script):
        await (await started(temporal, lesson)).result()
        async with services["sessions"].begin() as session:
            await mark_completed(session, lesson, LessonReport())
        assert await act(client, lesson, "retry", "extract") == (202, "")
        await newest_run(temporal, lesson).result()
    assert (script.asked["transcribe"], script.asked["extract"], script.asked["announce"]) == (1, 2, 2)


async def test_a_degraded_lesson_goes_on_with_what_it_lacks(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    script = Script()
    async with services["sessions"].begin() as session:
        lacking = (Failure(Stage.INDEX, "part_crashed", "."), Failure(Stage.CLIP, "clip_failed", "."))
        await mark_completed(session, lesson, LessonReport(degraded=lacking))
    async with working(temporal, script):
        assert await act(client, lesson, "retry") == (202, "")
        await newest_run(temporal, lesson).result()
    assert (script.asked["extract"], script.asked["choose_moments"], script.asked["index"]) == (0, 1, 1)


async def test_a_cancelled_lesson_goes_on_where_it_was_stopped(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    script = Script()
    async with services["sessions"].begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.TRANSCRIBE)
        await mark_cancelled(session, lesson.lesson_id)
    async with working(temporal, script):
        assert await act(client, lesson, "retry", "extract") == (409, "bad_stage")
        assert await act(client, lesson, "retry") == (202, "")
        await newest_run(temporal, lesson).result()
    assert (script.asked["fetch"], script.asked["transcribe"]) == (0, 1)


async def test_a_lesson_that_has_not_begun_says_so(client: httpx2.AsyncClient, lesson: Lesson) -> None:
    assert await act(client, lesson, "retry") == (409, "not_begun")
    assert await act(client, lesson, "cancel") == (409, "not_begun")


async def told_untold(services: Services, lesson: Lesson, name: str) -> None:
    """The inbox has an import of which Temporal has not been told."""
    event = RoomEvent(name, EventKind.IMPORT, lesson.booking_id)
    async with services["sessions"].begin() as session:
        await store_events(session, [Arrival(event, (RecordedFile(f"imports/{name}"),))])


async def relayed(services: Services, temporal: Client, lesson: Lesson) -> None:
    relay = Relay(services["sessions"], temporal, "", "")
    while await has_waiting(services, lesson):
        await relay.drain()


async def has_waiting(services: Services, lesson: Lesson) -> bool:
    async with services["sessions"]() as session:
        waiting = select(WebhookEvent).where(WebhookEvent.relayed_at.is_(None), WebhookEvent.set_aside.is_(None))
        return bool((await session.scalars(waiting.where(WebhookEvent.room == lesson.booking_id))).all())


async def status_shown(client: httpx2.AsyncClient, lesson: Lesson) -> tuple[str, list[str]]:
    told = (await client.get(f"/api/lessons/{lesson.lesson_id}", headers=as_(lesson.tutor_id))).json()
    return told["status"], [stage["status"] for stage in told["stages"]]


async def test_a_lesson_that_waits_to_be_begun_is_cancelled_and_not_begun_until_it_is_retried(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    await told_untold(services, lesson, f"first-{lesson.booking_id}")
    async with services["sessions"].begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.CAPTURE)
    assert await act(client, lesson, "cancel") == (202, "")
    assert await status_shown(client, lesson) == ("cancelled", ["cancelled"])
    assert not await has_waiting(services, lesson)
    await told_untold(services, lesson, f"second-{lesson.booking_id}")
    await relayed(services, temporal, lesson)
    with pytest.raises(RPCError):
        await newest_run(temporal, lesson).describe()
    assert await act(client, lesson, "cancel") == (202, "")
    async with working(temporal, Script()):
        assert await act(client, lesson, "retry") == (202, "")
        assert (await newest_run(temporal, lesson).result()).drills == 4


async def test_a_lesson_that_has_begun_is_stopped_also_where_its_relay_could_not_note_that_it_told_temporal(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    await told_untold(services, lesson, f"told-{lesson.booking_id}")
    handle = await temporal.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
    assert await act(client, lesson, "cancel") == (202, "")
    async with working(temporal, Script()):
        with pytest.raises(WorkflowFailureError):
            await handle.result()


async def test_a_lesson_that_waits_to_be_begun_is_cancelled_while_temporal_is_away(services: Services) -> None:
    lesson = await a_lesson(services["sessions"])
    await told_untold(services, lesson, f"only-{lesson.booking_id}")
    async with asked(services) as client:
        assert await act(client, lesson, "cancel") == (202, "")
        assert (await status_shown(client, lesson))[0] == "cancelled"


async def test_of_two_retries_at_once_one_begins_the_lesson_and_the_other_is_told_so(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    async with services["sessions"].begin() as session:
        await mark_completed(session, lesson, LessonReport())
    stages = ("extract", "index", "clip", "transcribe")
    told = await asyncio.gather(*(act(client, lesson, "retry", stage) for stage in stages))
    assert sorted(status for status, _ in told) == [202, 409, 409, 409]
    await newest_run(temporal, lesson).terminate()


async def test_a_stage_that_there_is_not_is_refused(client: httpx2.AsyncClient, lesson: Lesson) -> None:
    assert await act(client, lesson, "retry", "breakfast") == (422, "invalid")


def newest_run(temporal: Client, lesson: Lesson) -> Handle:
    return temporal.get_workflow_handle_for(ProcessLessonWorkflow.run, f"lesson-{lesson.booking_id}")


async def test_a_lesson_that_is_still_being_announced_is_told_to_people_though_it_is_cancelled(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    handle = await being_announced(services, temporal, lesson)
    assert await act(client, lesson, "cancel") == (202, "")
    asked = [
        event.HasField("workflow_execution_cancel_requested_event_attributes")
        async for event in handle.fetch_history_events()
    ]
    assert not any(asked)
    await handle.terminate()
