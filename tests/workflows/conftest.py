"""A lesson's workflow on Temporal's time-skipping server, with scripted answers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from lessons.capture import EventKind, RoomEvent
from lessons.messages import Lesson, LessonReport, Session, Stage
from tests.workflows.scripted import Script, all_answers
from workers.roster import Post
from workers.run import worker
from workflows.asking import AI, CAPTURE, LESSONS, MEDIA
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.record_lesson import LOOK, RecordLessonWorkflow
from workflows.showing import SEARCH_ATTRIBUTES, room_options, start_options

Handle = WorkflowHandle[ProcessLessonWorkflow, LessonReport]


@asynccontextmanager
async def skipping_server() -> AsyncIterator[WorkflowEnvironment]:
    """A server on which a lesson's waiting takes no time, and which knows our search attributes."""
    binary = Path(sys.executable).parent / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(binary), data_converter=pydantic_data_converter
    ) as env:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await env.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace="default", search_attributes={key.name: keyword for key in SEARCH_ATTRIBUTES}
            )
        )
        yield env


@pytest.fixture(scope="module")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    async with skipping_server() as env:
        yield env


def a_lesson(from_stage: Stage = Stage.CAPTURE, now: datetime | None = None) -> Lesson:
    booking = str(uuid4())
    ends = (now or datetime.now(UTC)) + timedelta(minutes=30)
    return Lesson(booking, str(uuid4()), str(uuid4()), str(uuid4()), ends, "/lessons/1", from_stage)


def a_session(ends_at: datetime | None = None) -> Session:
    booking, tutor, student = (str(uuid4()) for _ in range(3))
    ends = ends_at or datetime.now(UTC) + timedelta(minutes=30)
    return Session(booking, tutor, student, f"tutor-{tutor}", f"student-{student}", ends)


async def entered(client: Client, session: Session) -> WorkflowHandle[RecordLessonWorkflow, None]:
    """What happens whenever somebody is let into the room."""
    return await client.start_workflow(RecordLessonWorkflow.run, session, **room_options(session), start_signal=LOOK)


def an_event(lesson: Lesson, kind: EventKind) -> RoomEvent:
    return RoomEvent(f"EV_{uuid4()}", kind, lesson.booking_id)


@dataclass
class Classroom:
    """One lesson that has been started; `tell` brings events."""

    client: Client
    script: Script
    lesson: Lesson
    handle: Handle

    async def tell(self, *kinds: EventKind) -> None:
        for kind in kinds:
            await self.handle.signal(ProcessLessonWorkflow.room_event, an_event(self.lesson, kind))

    async def parked(self) -> None:
        """Wait until the lesson waits for `retry`."""
        while not self.script.failures or await self.handle.query(ProcessLessonWorkflow.failed_with) is None:
            await asyncio.sleep(0.02)


Teach = Callable[..., Awaitable[Classroom]]


@pytest.fixture
async def teach(skipping: WorkflowEnvironment) -> AsyncIterator[Teach]:
    """Start a lesson whose steps follow a script; its workers stop with the test."""
    async with AsyncExitStack() as open_rooms:

        async def begin(script: Script, *kinds: EventKind, from_stage: Stage = Stage.CAPTURE) -> Classroom:
            await open_rooms.enter_async_context(scripted_workers(skipping.client, script))
            lesson = a_lesson(from_stage, await skipping.get_current_time())
            handle = await skipping.client.start_workflow(
                ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio")
            )
            classroom = Classroom(skipping.client, script, lesson, handle)
            await classroom.tell(*kinds)
            return classroom

        yield begin


@asynccontextmanager
async def scripted_workers(client: Client, script: Script) -> AsyncIterator[None]:
    posts = [
        Post(LESSONS, all_answers(script), 20, [ProcessLessonWorkflow]),
        Post(AI, all_answers(script), 20),
        Post(MEDIA, all_answers(script), 20),
        Post(CAPTURE, all_answers(script), 20, [RecordLessonWorkflow]),
    ]
    async with AsyncExitStack() as running:
        for post in posts:
            await running.enter_async_context(worker(client, post))
        yield
