"""What a tutor can do about a lesson's run, on a real Temporal."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from api.services import Services
from db.lessons import mark_cancelled, mark_completed
from db.stages import begin_stage
from lessons.capture import EventKind, RoomEvent
from lessons.errors import RecordingEmpty
from lessons.messages import Failure, Lesson, LessonReport, Stage
from tests.api.conftest import asked
from tests.api.signing import as_
from tests.rows import a_lesson
from tests.workflows.scripted import Script, all_answers
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


async def test_a_lesson_that_is_still_being_announced_is_retried_in_a_moment(
    client: httpx2.AsyncClient, services: Services, temporal: Client, lesson: Lesson
) -> None:
    async with services["sessions"].begin() as session:
        await mark_completed(session, lesson, LessonReport())
    handle = await temporal.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
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
        await mark_cancelled(session, lesson)
    async with working(temporal, script):
        assert await act(client, lesson, "retry", "extract") == (409, "bad_stage")
        assert await act(client, lesson, "retry") == (202, "")
        await newest_run(temporal, lesson).result()
    assert (script.asked["fetch"], script.asked["transcribe"]) == (0, 1)


async def test_a_lesson_that_has_not_begun_says_so(client: httpx2.AsyncClient, lesson: Lesson) -> None:
    assert await act(client, lesson, "retry") == (409, "not_begun")
    assert await act(client, lesson, "cancel") == (409, "not_begun")


async def test_a_stage_that_there_is_not_is_refused(client: httpx2.AsyncClient, lesson: Lesson) -> None:
    assert await act(client, lesson, "retry", "breakfast") == (422, "invalid")


def newest_run(temporal: Client, lesson: Lesson) -> Handle:
    return temporal.get_workflow_handle_for(ProcessLessonWorkflow.run, f"lesson-{lesson.booking_id}")
