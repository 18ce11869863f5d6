"""Hands stored events to Temporal: the first ending event of a booking starts its lesson, later ones wake it."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
from db.listening import listening
from db.parts import parts_of
from db.people import Booked, booking_of
from db.session import Sessions, do_not_wait_for_disk, is_away
from lessons.capture import RoomEvent, lesson_is_late
from lessons.classroom import Hours
from lessons.errors import places
from lessons.messages import Lesson, LessonStatus
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
TEMPORAL_REFUSES_US = {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.NOT_FOUND}
"""What it says of a wrong key or namespace, which is no event's fault."""


class TemporalAway(Exception):
    """Temporal does not answer, or refuses us for the reason given; the events wait."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused


class Stuck(Exception):
    """One event cannot be relayed, and neither Temporal nor Postgres is away; `reason` quotes nothing."""

    def __init__(self, event_id: str, reason: str) -> None:
        self.event_id = event_id
        self.reason = reason


@dataclass
class Relay:
    """`lessons_at` is the address under which people find lessons; `listen_url` is Postgres's for LISTEN.

    `hours` says how long after a booking its lesson may still begin.
    """

    sessions: Sessions
    temporal: Client
    lessons_at: str
    listen_url: str = field(repr=False)
    hours: Hours = field(default_factory=Hours)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Relay events as they come, until cancelled; neither Temporal's nor Postgres's absence ends it."""
        while True:
            try:
                async with listening(self.listen_url, inbox.CHANNEL, lambda *_: self.woken.set()) as gone:
                    await self.relay_as_they_come(gone)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
                log.warning("Postgres does not answer (%s); trying again.", type(error).__name__)
                await asyncio.sleep(POLL)

    async def relay_as_they_come(self, gone: asyncio.Event) -> None:
        """Relay until the connection that wakes us is gone; the poll finds what was not heard."""
        while not gone.is_set():
            self.woken.clear()
            try:
                while await self.drain():
                    continue
            except TemporalAway as away:
                tell_away(away)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), POLL)

    async def drain(self) -> bool:
        """Relay the waiting events of one room, oldest first; answer whether to go on at once."""
        try:
            async with self.sessions.begin() as session:
                events = [arrival.event for arrival in await inbox.claim_room(session)]
                if events:
                    await self.relay(session, events)
                return bool(events)
        except inbox.Unreadable as found:
            return await self.count(Stuck(found.event_id, "unreadable"))
        except Stuck as stuck:
            return await self.count(stuck)

    async def count(self, stuck: Stuck) -> bool:
        """Set an event aside after some tries, so that others go on; the transaction it broke is gone."""
        async with self.sessions.begin() as session:
            if await inbox.count_attempt(session, stuck.event_id) < TRIES:
                return False
            await inbox.set_aside(session, [stuck.event_id], stuck.reason)
        return True

    async def relay(self, session: AsyncSession, events: Sequence[RoomEvent]) -> None:
        room = events[0].room
        with about(events[0]):
            booked = await booking_of(session, room) if is_uuid(room) else None
        if booked is None:
            await inbox.set_aside(session, [event.id for event in events], inbox.UNKNOWN_BOOKING)
            return
        with about(events[0]):
            lesson = await self.opened(booked)
            cancelled = await lesson_states.is_cancelled(session, lesson.lesson_id)
        tell = self.tell_cancelled if cancelled else self.tell
        for event in events:
            with about(event):
                await tell(session, lesson, booked.tier, event)
                await inbox.mark_relayed(session, [event])

    async def opened(self, booked: Booked) -> Lesson:
        """The lesson, made known at once: its first step may begin before the relay's transaction ends.

        A crash may lose it again, but not the event, by which it is made known anew.
        """
        async with self.sessions.begin() as session:
            await do_not_wait_for_disk(session)
            lesson_id = await lesson_states.open_lesson(session, booked, workflow_id_of(booked.id))
        people, link = (booked.tutor_id, booked.student_id), f"{self.lessons_at}/{lesson_id}"
        open_until = booked.ends_at + self.hours.after
        return Lesson(booked.id, lesson_id, *people, booked.ends_at, link, closes_at=open_until)

    async def tell(self, session: AsyncSession, lesson: Lesson, tier: str, event: RoomEvent) -> None:
        """Start or wake the lesson. A lesson that has ended, cancelled included, is not woken by a late event."""
        try:
            await self.start(lesson, tier, event, WorkflowIDReusePolicy.REJECT_DUPLICATE)
        except WorkflowAlreadyStartedError:
            await self.tell_late(session, lesson, tier, event)
        except RuntimeError:
            raise TemporalAway from None  # what a client that has not connected yet raises

    async def tell_cancelled(self, session: AsyncSession, lesson: Lesson, tier: str, event: RoomEvent) -> None:
        """Wake a cancelled lesson only where a retry has begun it again: it may have been cancelled before it began."""
        handle = self.temporal.get_workflow_handle(workflow_id_of(lesson.booking_id))
        try:
            await handle.signal(ProcessLessonWorkflow.room_event, event)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self.tell_late(session, lesson, tier, event)
        except RuntimeError:
            raise TemporalAway from None

    async def start(self, lesson: Lesson, tier: str, event: RoomEvent, again: WorkflowIDReusePolicy) -> None:
        await self.temporal.start_workflow(
            ProcessLessonWorkflow.run,
            lesson,
            **start_options(lesson, tier),
            start_signal="room_event",
            start_signal_args=[event],
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=again,
        )

    async def tell_late(self, session: AsyncSession, lesson: Lesson, tier: str, event: RoomEvent) -> None:
        """A recording that arrives after its lesson was completed begins it again; on any other it is told."""
        arrivals = await inbox.arrivals_in(session, lesson.booking_id)
        if not lesson_is_late(arrivals, await parts_of(session, lesson.lesson_id)):
            return
        state = await lesson_states.lesson_of(session, lesson.lesson_id)
        if state and state.status == LessonStatus.COMPLETED:
            await self.start(lesson, tier, event, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
            return
        cancelled = state and state.status == LessonStatus.CANCELLED
        told = lesson_states.LATE_FOR_CANCELLED if cancelled else lesson_states.LATE_RECORDING
        await lesson_states.add_degraded(session, lesson.lesson_id, told)
        await lesson_states.touch(session, lesson.lesson_id)


def tell_away(away: TemporalAway) -> None:
    if away.refused:
        log.error("Temporal refuses us (%s): correct STUDIO_TEMPORAL__*; events wait in the inbox.", away.refused)
    else:
        log.warning("Temporal does not answer; events wait in the inbox.")


@contextmanager
def about(event: RoomEvent) -> Iterator[None]:
    """Say which event an error is about; raises Stuck, or TemporalAway, or that Postgres is away as it is."""
    try:
        yield
    except TemporalAway:
        raise
    except RPCError as error:
        if error.status in TEMPORAL_IS_AWAY:
            raise TemporalAway from None
        if error.status in TEMPORAL_REFUSES_US:
            raise TemporalAway(error.status.name.lower()) from None
        raise Stuck(event.id, f"refused_{error.status.name.lower()}") from None
    except Exception as error:
        if is_away(error):
            raise
        log.error("%s about event %s at %s", type(error).__name__, event.id, places(error))
        raise Stuck(event.id, type(error).__name__) from None


def is_uuid(room: str) -> bool:
    """Whether it is a booking's id as Postgres spells it; Python takes stranger spellings too."""
    try:
        return str(UUID(room)) == room
    except ValueError:
        return False
