"""Hands stored events to Temporal: the first ending event of a booking starts its lesson, later ones wake it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from db import inbox
from db import lessons as lesson_states
from db.parts import parts_of
from db.people import Booked, booking_of
from db.session import Sessions
from lessons.capture import RoomEvent, lesson_is_late
from lessons.messages import Lesson
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options, workflow_id_of

log = logging.getLogger("studio.relay")

TRIES = 5
POLL = 2.0
TEMPORAL_IS_AWAY = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
}


class TemporalAway(Exception):
    """Temporal does not answer; the events wait."""


@dataclass
class Relay:
    """`lessons_at` is the address under which people find lessons; `listen_url` is Postgres's for LISTEN."""

    sessions: Sessions
    temporal: Client
    lessons_at: str
    listen_url: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Relay events as they come, until cancelled; neither Temporal's nor Postgres's absence ends it."""
        while True:
            try:
                async with self.listening():
                    await self.relay_as_they_come()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
                log.warning("Postgres does not answer (%s); trying again.", type(error).__name__)
                await asyncio.sleep(POLL)

    async def relay_as_they_come(self) -> None:
        while True:
            self.woken.clear()
            try:
                while await self.drain():
                    continue
            except TemporalAway:
                log.warning("Temporal does not answer; events wait in the inbox.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), POLL)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Be woken by NOTIFY; the poll finds what a broken connection misses."""
        connection = await asyncpg.connect(self.listen_url)
        try:
            await connection.add_listener(inbox.CHANNEL, lambda *_: self.woken.set())
            yield
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    async def drain(self) -> bool:
        """Relay the waiting events of one room, oldest first; answer whether to go on at once."""
        async with self.sessions.begin() as session:
            events = [arrival.event for arrival in await inbox.claim_room(session)]
            return bool(events) and await self.relay(session, events)

    async def relay(self, session: AsyncSession, events: Sequence[RoomEvent]) -> bool:
        booked = await booking_of(session, events[0].room) if is_uuid(events[0].room) else None
        if booked is None:
            await inbox.set_aside(session, events, "unknown_booking")
            return True
        for event in events:
            try:
                await self.tell(session, booked, event)
            except RuntimeError:
                raise TemporalAway from None  # what a client that has not connected yet raises
            except RPCError as error:
                return await self.refused(session, event, error)
            await inbox.mark_relayed(session, [event])
        return True

    async def refused(self, session: AsyncSession, event: RoomEvent, error: RPCError) -> bool:
        """An event that Temporal refuses is set aside after some tries, so that others go on."""
        if error.status in TEMPORAL_IS_AWAY:
            raise TemporalAway from None
        if await inbox.count_attempt(session, event) < TRIES:
            return False
        await inbox.set_aside(session, [event], f"refused_{error.status.name.lower()}")
        return True

    async def tell(self, session: AsyncSession, booked: Booked, event: RoomEvent) -> None:
        """Start or wake the lesson. A lesson that has ended, cancelled included, is not woken by a late event."""
        lesson_id = await lesson_states.open_lesson(session, booked, workflow_id_of(booked.id))
        lesson = Lesson(
            booked.id,
            lesson_id,
            booked.tutor_id,
            booked.student_id,
            booked.ends_at,
            f"{self.lessons_at}/{lesson_id}",
        )
        try:
            await self.temporal.start_workflow(
                ProcessLessonWorkflow.run,
                lesson,
                **start_options(lesson, booked.tier),
                start_signal="room_event",
                start_signal_args=[event],
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            await self.note_late(session, lesson)

    async def note_late(self, session: AsyncSession, lesson: Lesson) -> None:
        """A recording that arrives after its lesson has ended is told there."""
        arrivals = await inbox.arrivals_in(session, lesson.booking_id)
        if lesson_is_late(arrivals, await parts_of(session, lesson.lesson_id)):
            await lesson_states.add_degraded(session, lesson.lesson_id, lesson_states.LATE_RECORDING)
            await lesson_states.touch(session, lesson.lesson_id)


def is_uuid(room: str) -> bool:
    """Whether it is a booking's id as Postgres spells it; Python takes stranger spellings too."""
    try:
        return str(UUID(room)) == room
    except ValueError:
        return False
