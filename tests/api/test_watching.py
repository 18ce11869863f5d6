"""Whoever enters a classroom has it watched, by a real Temporal."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from api.services import Services
from lessons.messages import Session
from tests.api.conftest import asked
from tests.api.meetings import Booked, a_meeting
from tests.api.signing import as_
from workflows.record_lesson import record_id_of
from workflows.showing import BOOKING_ID, STUDENT_ID, TUTOR_ID


@pytest.fixture
async def temporal(services: Services, temporal_server: str) -> Client:
    client = await Client.connect(temporal_server, data_converter=pydantic_data_converter)
    services["temporal"] = client
    return client


@pytest.fixture
async def client(services: Services, temporal: Client) -> AsyncIterator[httpx2.AsyncClient]:
    async with asked(services) as client:
        yield client


@pytest.fixture
async def booked(services: Services) -> Booked:
    return await a_meeting(services["sessions"])


async def quiet(services: Services) -> None:
    """Wait until nothing is under way behind the answers."""
    await asyncio.wait(services["classrooms"].errands.under_way or [asyncio.create_task(asyncio.sleep(0))])


async def test_the_first_to_enter_starts_the_room_s_workflow_and_the_second_wakes_it(
    client: httpx2.AsyncClient, services: Services, temporal: Client, booked: Booked
) -> None:
    for person in (booked.people.tutor, booked.people.student_user):
        assert (await client.post(f"{booked.at}/room", headers=as_(person))).status_code == 200
        await quiet(services)
    handle = temporal.get_workflow_handle(record_id_of(booked.id))
    events = [event async for event in handle.fetch_history_events()]
    [session] = await temporal.data_converter.decode(
        events[0].workflow_execution_started_event_attributes.input.payloads, [Session]
    )
    signals = [one for one in events if one.HasField("workflow_execution_signaled_event_attributes")]
    assert ((await handle.describe()).status, len(signals)) == (WorkflowExecutionStatus.RUNNING, 2)
    assert (session.booking_id, session.tutor_id, session.student_id) == (
        *(booked.id, booked.people.tutor),
        *(booked.people.student,),
    )
    assert (session.tutor, session.student) == (f"tutor-{session.tutor_id}", f"student-{session.student_id}")
    attributes = (await handle.describe()).typed_search_attributes
    assert [attributes.get(key) for key in (BOOKING_ID, TUTOR_ID, STUDENT_ID)] == [
        *(booked.id, booked.people.tutor, booked.people.student)
    ]
    await handle.terminate()


async def test_a_lesson_that_goes_on_after_its_end_is_watched_again(
    client: httpx2.AsyncClient, services: Services, temporal: Client, booked: Booked
) -> None:
    runs = set()
    for _ in range(2):
        await client.post(f"{booked.at}/room", headers=as_(booked.people.tutor))
        await quiet(services)
        described = await temporal.get_workflow_handle(record_id_of(booked.id)).describe()
        runs.add(described.run_id)
        await temporal.get_workflow_handle(record_id_of(booked.id)).terminate()
    assert len(runs) == 2
