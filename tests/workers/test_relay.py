"""How stored events reach Temporal: each once, in their room's order, whatever is down."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from db import inbox
from db.lessons import LATE_FOR_CANCELLED, LATE_RECORDING, lesson_of, mark_cancelled
from db.models import LessonState
from db.parts import keep_parts
from db.session import Sessions
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent, lesson_id_of, parts_of
from lessons.classroom import Hours
from lessons.messages import Lesson
from studio.ports import any_port
from tests.rows import a_booking
from workers.relay import TRIES, Relay, TemporalAway

TAKE = """
    INSERT INTO studio.lessons (id, booking_id, tutor_id, student_id, workflow_id)
    SELECT gen_random_uuid(), id, tutor_id, student_id, 'another' FROM public.bookings WHERE id = :booking
"""
BREAKING = (
    """
    CREATE FUNCTION studio.break_connection() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$
    """,
    "CREATE TRIGGER breaks BEFORE INSERT ON studio.lessons EXECUTE FUNCTION studio.break_connection()",
)


@pytest.fixture
async def temporal(temporal_server: str) -> AsyncIterator[Client]:
    """The run's Temporal, on which no lesson is left: whoever works on its queues next would be held up by it."""
    client = await Client.connect(temporal_server, data_converter=pydantic_data_converter)
    yield client
    async for lesson in client.list_workflows("ExecutionStatus = 'Running'"):
        with suppress(RPCError):
            await client.get_workflow_handle(lesson.id).terminate()


@pytest.fixture
def relay(sessions: Sessions, temporal: Client) -> Relay:
    return Relay(sessions, temporal, "/api/lessons", listen_url="")


def ended(room: str, name: str = "EV_ended") -> Arrival:
    file = RecordedFile(key=f"lessons/{room}/{name}.mp4", bytes=1000, seconds=60)
    return Arrival(RoomEvent(f"{name}_{room}", EventKind.EGRESS_ENDED, room, f"EG_{name}", "complete"), (file,))


def closed(room: str) -> Arrival:
    return Arrival(RoomEvent(f"EV_closed_{room}", EventKind.ROOM_FINISHED, room))


async def stored(sessions: Sessions, *arrivals: Arrival) -> None:
    async with sessions.begin() as session:
        await inbox.store_events(session, arrivals)


async def drained(relay: Relay) -> None:
    while await relay.drain():
        continue


async def signalled(temporal: Client, room: str) -> list[str]:
    """The ids of the events that the lesson was told, in order."""
    history = await temporal.get_workflow_handle(f"lesson-{room}").fetch_history()
    told = [
        event.workflow_execution_signaled_event_attributes.input.payloads[0]
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    return [pydantic_data_converter.payload_converter.from_payload(one, RoomEvent).id for one in told]


async def test_events_doubled_and_shuffled_start_one_lesson(sessions: Sessions, temporal: Client, relay: Relay) -> None:
    room = await a_booking(sessions)
    events = [closed(room), ended(room)] * 10
    random.Random(7).shuffle(events)
    for event in events:
        await stored(sessions, event)
    await drained(relay)
    await stored(sessions, *events[:1])
    await drained(relay)
    assert sorted(await signalled(temporal, room)) == sorted({one.event.id for one in events})


async def test_a_lesson_is_waited_for_as_long_as_its_classroom_is_open(sessions: Sessions, temporal: Client) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room))
    await drained(Relay(sessions, temporal, "", "", Hours(after=timedelta(hours=3))))
    history = await temporal.get_workflow_handle(f"lesson-{room}").fetch_history()
    [started] = history.events[0].workflow_execution_started_event_attributes.input.payloads
    lesson = pydantic_data_converter.payload_converter.from_payload(started, Lesson)
    assert lesson.open_until == lesson.booked_until + timedelta(hours=3)


async def test_a_lesson_is_known_as_soon_as_it_is_started(sessions: Sessions, relay: Relay) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room))
    await drained(relay)
    async with sessions() as session:
        lesson = await lesson_of(session, lesson_id_of(room))
    assert lesson is not None
    assert (lesson.status, lesson.target_language, lesson.native_language) == ("processing", "en", "es")


@dataclass
class Looking(Interceptor):
    """Looks, whenever a lesson is about to be started, whether others know it."""

    sessions: Sessions
    known: list[bool] = field(default_factory=list)

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return LookingFirst(next, self)


class LookingFirst(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, looking: Looking) -> None:
        super().__init__(next)
        self.looking = looking

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        async with self.looking.sessions() as session:
            lesson = await lesson_of(session, lesson_id_of(input.id.removeprefix("lesson-")))
        self.looking.known.append(lesson is not None)
        return await super().start_workflow(input)


async def test_a_lesson_is_there_for_its_first_step_which_may_begin_before_the_relay_has_noted_anything(
    sessions: Sessions, temporal_server: str
) -> None:
    looking = Looking(sessions)
    client = await Client.connect(temporal_server, interceptors=[looking], data_converter=pydantic_data_converter)
    await stored(sessions, closed(await a_booking(sessions)))
    await drained(Relay(sessions, client, "", ""))
    assert looking.known == [True]


@pytest.mark.parametrize("room", ["no-uuid-at-all", str(uuid4())])
async def test_an_event_of_an_unknown_booking_is_set_aside_with_its_reason(
    sessions: Sessions, relay: Relay, room: str
) -> None:
    await stored(sessions, closed(room))
    await drained(relay)
    async with sessions() as session:
        assert await inbox.set_aside_count(session) == {"unknown_booking": 1}
        assert await inbox.waiting_count(session) == 0


async def test_events_wait_in_order_while_temporal_is_away(sessions: Sessions, temporal: Client) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room), ended(room))
    nowhere = await Client.connect(f"127.0.0.1:{any_port()}", lazy=True, data_converter=pydantic_data_converter)
    with pytest.raises(TemporalAway):
        await Relay(sessions, nowhere, "", "").drain()
    async with sessions() as session:
        assert await inbox.waiting_count(session) == 2
    await drained(Relay(sessions, temporal, "", ""))
    assert await signalled(temporal, room) == [closed(room).event.id, ended(room).event.id]


async def test_relays_side_by_side_keep_every_rooms_order(sessions: Sessions, temporal: Client, relay: Relay) -> None:
    rooms = [await a_booking(sessions) for _ in range(8)]
    await stored(sessions, *(event for room in rooms for event in (closed(room), ended(room))))
    await asyncio.gather(*(drained(relay) for _ in range(4)))
    for room in rooms:
        assert await signalled(temporal, room) == [closed(room).event.id, ended(room).event.id]


class Spoiling(Interceptor):
    """Gives every lesson an id that Temporal refuses."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return SpoilingFirst(next)


class SpoilingFirst(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        return await super().start_workflow(replace(input, id=input.id * 100))


async def test_an_event_that_temporal_refuses_is_set_aside_and_others_go_on(
    sessions: Sessions, temporal: Client, temporal_server: str, relay: Relay
) -> None:
    poison, other = await a_booking(sessions), await a_booking(sessions)
    await stored(sessions, closed(poison))
    refusing = await Client.connect(temporal_server, interceptors=[Spoiling()], data_converter=pydantic_data_converter)
    for _ in range(TRIES):
        await Relay(sessions, refusing, "", "").drain()
    await stored(sessions, closed(other))
    await drained(relay)
    assert await signalled(temporal, other) == [closed(other).event.id]
    async with sessions() as session:
        assert await inbox.set_aside_count(session) == {"refused_invalid_argument": 1}


async def test_events_wait_while_temporal_refuses_whoever_runs_us(
    sessions: Sessions, temporal: Client, temporal_server: str, relay: Relay
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room))
    lost = await Client.connect(temporal_server, namespace="no-such-namespace", data_converter=pydantic_data_converter)
    for _ in range(TRIES + 1):
        with pytest.raises(TemporalAway) as away:
            await Relay(sessions, lost, "", "").drain()
    assert away.value.refused == "not_found"
    async with sessions() as session:
        assert await inbox.set_aside_count(session) == {}
    await drained(relay)
    assert await signalled(temporal, room) == [closed(room).event.id]


async def taken_by_another_lesson(sessions: Sessions, room: str) -> None:
    """Make Postgres refuse the lesson of this booking: another row holds it."""
    async with sessions.begin() as session:
        await session.execute(text(TAKE), {"booking": room})


async def test_an_event_that_postgres_refuses_is_set_aside_with_its_reason_and_others_go_on(
    sessions: Sessions, temporal: Client, relay: Relay
) -> None:
    poison, other = await a_booking(sessions), await a_booking(sessions)
    await taken_by_another_lesson(sessions, poison)
    await stored(sessions, closed(poison), closed(other))
    for _ in range(TRIES):
        await drained(relay)
    await drained(relay)
    assert await signalled(temporal, other) == [closed(other).event.id]
    async with sessions() as session:
        assert await inbox.set_aside_count(session) == {"IntegrityError": 1}
        assert await inbox.waiting_count(session) == 0


async def test_an_event_that_this_version_cannot_read_is_set_aside_and_others_of_its_room_go_on(
    sessions: Sessions, temporal: Client, relay: Relay
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room), ended(room))
    async with sessions.begin() as session:
        await session.execute(text("UPDATE studio.webhook_events SET kind = 'of tomorrow' WHERE egress_id = ''"))
    for _ in range(TRIES):
        await drained(relay)
    assert await signalled(temporal, room) == [ended(room).event.id]
    async with sessions() as session:
        assert await inbox.set_aside_count(session) == {"unreadable": 1}


async def test_a_connection_that_breaks_counts_as_no_attempt(
    sessions: Sessions, temporal: Client, relay: Relay
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room))
    async with sessions.begin() as session:
        for statement in BREAKING:
            await session.execute(text(statement))
    try:
        for _ in range(TRIES):
            with pytest.raises(DBAPIError):
                await relay.drain()
    finally:
        async with sessions.begin() as session:
            await session.execute(text("DROP FUNCTION studio.break_connection CASCADE"))
    await drained(relay)
    assert await signalled(temporal, room) == [closed(room).event.id]
    async with sessions() as session:
        assert await session.scalar(text("SELECT attempts FROM studio.webhook_events")) == 0


async def test_a_released_event_is_told_to_its_lesson(sessions: Sessions, temporal: Client, relay: Relay) -> None:
    room = await a_booking(sessions)
    await taken_by_another_lesson(sessions, room)
    await stored(sessions, closed(room))
    for _ in range(TRIES):
        await drained(relay)
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM studio.lessons"))
        await inbox.release(session)
    await drained(relay)
    assert await signalled(temporal, room) == [closed(room).event.id]


async def test_a_late_recording_wakes_no_cancelled_lesson_but_is_told_on_it(
    sessions: Sessions, temporal: Client, relay: Relay
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room))
    await drained(relay)
    await temporal.get_workflow_handle(f"lesson-{room}").terminate()
    await stored(sessions, ended(room), ended(room, "EV_second"))
    await drained(relay)
    state = await temporal.get_workflow_handle(f"lesson-{room}").describe()
    async with sessions() as session:
        lesson = await lesson_of(session, lesson_id_of(room))
        assert await inbox.waiting_count(session) == 0
    assert state.status is WorkflowExecutionStatus.TERMINATED
    assert lesson is not None
    assert lesson.degraded == [asdict(LATE_RECORDING)]


async def test_a_late_recording_of_a_lesson_that_was_cancelled_is_not_told_as_that_of_a_processed_one(
    sessions: Sessions, relay: Relay
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room))
    await drained(relay)
    await relay.temporal.get_workflow_handle(f"lesson-{room}").terminate()
    async with sessions.begin() as session:
        await mark_cancelled(session, lesson_id_of(room))
    await stored(sessions, ended(room), ended(room, "EV_second"))
    await drained(relay)
    async with sessions() as session:
        lesson = await lesson_of(session, lesson_id_of(room))
    assert lesson is not None
    assert lesson.degraded == [asdict(LATE_FOR_CANCELLED)]


async def over(sessions: Sessions, temporal: Client, room: str) -> None:
    """The lesson's run has ended, and it is shown as completed with the parts of which it was told."""
    await temporal.get_workflow_handle(f"lesson-{room}").terminate()
    async with sessions.begin() as session:
        lesson = await session.get_one(LessonState, lesson_id_of(room))
        lesson.status = "completed"
        await keep_parts(session, lesson.id, parts_of(await inbox.arrivals_in(session, room)))


async def run_of(temporal: Client, room: str) -> tuple[str | None, WorkflowExecutionStatus | None]:
    found = await temporal.get_workflow_handle(f"lesson-{room}").describe()
    return found.run_id, found.status


def imported(room: str) -> Arrival:
    file = RecordedFile(key=f"imports/{room}.mp4", bytes=1000)
    return Arrival(RoomEvent(f"import-{room}", EventKind.IMPORT, room), (file,))


def found(room: str) -> Arrival:
    file = RecordedFile(key=f"lessons/{room}/recordings/0001.mp4", bytes=1000, seconds=30)
    return Arrival(RoomEvent(f"recorded-{room}", EventKind.RECORDING_READY, room), (file,))


@pytest.mark.parametrize("late", [imported, found, lambda room: ended(room, "EV_second")])
async def test_a_recording_that_comes_after_completion_begins_the_lesson_again_once(
    sessions: Sessions, temporal: Client, relay: Relay, late: Callable[[str], Arrival]
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, closed(room), ended(room))
    await drained(relay)
    first, _ = await run_of(temporal, room)
    await over(sessions, temporal, room)
    for _ in range(3):
        await stored(sessions, late(room))
        await drained(relay)
    second, status = await run_of(temporal, room)
    assert (second != first, status) == (True, WorkflowExecutionStatus.RUNNING)
    assert await signalled(temporal, room) == [late(room).event.id]


@pytest.mark.parametrize(
    "late",
    [
        closed,
        ended,
        lambda room: Arrival(RoomEvent("again", EventKind.RECORDING_READY, room), ended(room).files),
        lambda room: Arrival(
            RoomEvent("failed", EventKind.EGRESS_ENDED, room, "EG_2", "EGRESS_FAILED"), (RecordedFile("none.mp4"),)
        ),
        lambda room: Arrival(
            RoomEvent("aborted", EventKind.EGRESS_ENDED, room, "EG_2", "EGRESS_ABORTED"), (RecordedFile("none.mp4"),)
        ),
    ],
)
async def test_what_brings_no_new_recording_leaves_a_completed_lesson_alone(
    sessions: Sessions, temporal: Client, relay: Relay, late: Callable[[str], Arrival]
) -> None:
    room = await a_booking(sessions)
    await stored(sessions, ended(room))
    await drained(relay)
    await over(sessions, temporal, room)
    before = await run_of(temporal, room)
    await stored(sessions, late(room))
    await drained(relay)
    assert await run_of(temporal, room) == before


async def test_a_relay_is_woken_by_what_the_front_stores(
    sessions: Sessions, database_url: str, temporal: Client
) -> None:
    room = await a_booking(sessions)
    relay = Relay(sessions, temporal, "", database_url.replace("+asyncpg", ""))
    running = asyncio.create_task(relay.run())
    try:
        await stored(sessions, closed(room))
        while not await lesson_started(temporal, room):
            await asyncio.sleep(0.02)
    finally:
        running.cancel()


async def lesson_started(temporal: Client, room: str) -> bool:
    found = await temporal.count_workflows(f"WorkflowId = 'lesson-{room}'")
    return found.count > 0


async def test_a_relay_listens_again_when_its_connection_alone_has_gone(
    sessions: Sessions, database_url: str, temporal: Client
) -> None:
    relay = Relay(sessions, temporal, "", database_url.replace("+asyncpg", ""))
    running = asyncio.create_task(relay.run())
    try:
        first = await listener(sessions)
        async with sessions() as session:
            await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
        while await listener(sessions) == first:
            await asyncio.sleep(0.02)
    finally:
        running.cancel()


async def listener(sessions: Sessions) -> int:
    """The process of the connection that listens."""
    heard = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
    while True:
        async with sessions() as session:
            if pid := await session.scalar(heard):
                return int(pid)
        await asyncio.sleep(0.02)
