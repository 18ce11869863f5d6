"""Whoever enters a classroom has it watched, by a real Temporal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from api.services import Services
from api.watching import session_of, watch
from db.meetings import meeting_of
from lessons.classroom import Hours
from lessons.messages import Session
from studio.ports import any_port
from tests.api.conftest import asked
from tests.api.meetings import Booked, a_meeting
from tests.api.signing import as_
from workflows.showing import BOOKING_ID, STUDENT_ID, TUTOR_ID, record_id_of


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


async def test_a_room_is_watched_as_long_as_its_classroom_is_open(
    services: Services, temporal: Client, booked: Booked
) -> None:
    async with services["sessions"]() as session:
        meeting = await meeting_of(session, booked.id)
    assert meeting is not None
    longer = session_of(meeting, Hours(after=timedelta(hours=5)))
    assert longer.open_until == meeting.appointment.ends + timedelta(hours=5)


async def test_a_temporal_that_comes_back_hears_of_who_entered_meanwhile(
    services: Services, temporal_server: str, temporal: Client, booked: Booked
) -> None:
    port = any_port()
    away = await Client.connect(f"127.0.0.1:{port}", lazy=True, data_converter=pydantic_data_converter)
    async with services["sessions"]() as session:
        meeting = await meeting_of(session, booked.id)
    assert meeting is not None
    watching = asyncio.create_task(watch(away, meeting, Hours(), pause=0.1))
    await asyncio.wait([watching], timeout=0.5)
    assert not watching.done()
    async with forwarding(port, temporal_server):
        await watching
    handle = temporal.get_workflow_handle(record_id_of(booked.id))
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await handle.terminate()


@asynccontextmanager
async def forwarding(port: int, to: str) -> AsyncIterator[None]:
    """Whatever is sent to the port reaches the other address, and what that one answers comes back."""
    host, _, there = to.rpartition(":")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1 << 16):
            writer.write(said)
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection(host, int(there))
        await asyncio.gather(carry(reader, asks), carry(answers, writer), return_exceptions=True)

    async with await asyncio.start_server(meet, "127.0.0.1", port):
        yield


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
