"""A classroom while its lesson is held: who is in it, whether it is recorded, and what is left of it."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from db import classrooms, consents, inbox
from db.changes import Changes
from db.session import Sessions
from lessons.capture import UPLOADING, Arrival, EventKind, RecordedFile, RoomEvent
from lessons.classroom import Seat
from lessons.consent import Consents, may_record
from lessons.errors import LessonError, PermanentError
from lessons.messages import Session, Watched
from lessons.ports import Classroom, Recorder, Rooms
from lessons.watching import Look, Next, Watch
from workflows.steps import CaptureSteps

log = logging.getLogger("studio.capture")

LOOK_EVERY = 5.0
"""Seconds between looks into a room; whoever changes something there has it looked into at once."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0


@dataclass(frozen=True)
class Standing:
    """What is written down about a classroom."""

    may_record: bool
    ended: bool
    came: frozenset[Seat]


@dataclass
class Capture(CaptureSteps):
    sessions: Sessions
    rooms: Rooms
    recorder: Recorder
    changes: Changes
    look_every: float = LOOK_EVERY

    @activity.defn
    async def watch(self, session: Session) -> Watched:
        with self.changes.of(session.booking_id) as changed:
            watch, take = Watch(session), Take(self.recorder, classroom_of(session), changed)
            try:
                while await self.look(watch, take) is not Next.OVER:
                    await self.changes.wait(changed, most=self.look_every)
                    changed.clear()
                await take.finish()
            finally:
                await take.drop()
        await self.show(session, take)
        return Watched(datetime.now(UTC), watch.met, take.begun)

    async def look(self, watch: Watch, take: "Take") -> Next:
        """Look once and do what is to be done; while the room or Postgres does not answer, all goes on as it is."""
        session = watch.session
        try:
            await self.show(session, take)
            standing = await self.standing(session)
            take.allow(standing.may_record and not standing.ended)
            people = await self.rooms.people(session.booking_id)
            seen = Look(datetime.now(UTC), as_set(people), standing.may_record, standing.ended)
            await self.note_who_came(session, seen, standing)
        except (LessonError, SQLAlchemyError, OSError) as error:
            log.warning("A classroom cannot be looked into (%s).", getattr(error, "code", type(error).__name__))
            return Next.OVER if watch.is_over(datetime.now(UTC)) else Next.WAIT
        watch.met = watch.met or standing.came == set(Seat)
        decided = watch.decide(seen)
        take.follow(decided is Next.RECORD)
        return decided

    async def standing(self, session: Session) -> Standing:
        async with self.sessions() as opened:
            given = await consents.consents_in(opened, session.booking_id)
            room = await classrooms.classroom_of(opened, session.booking_id)
        tutor, student = (given.get(person, Consents()) for person in (session.tutor_id, session.student_id))
        came = {Seat.TUTOR: room and room.joined_tutor_at, Seat.STUDENT: room and room.joined_student_at}
        here = frozenset(seat for seat, at in came.items() if at)
        return Standing(may_record(tutor, student), bool(room and room.ended_at), here)

    async def note_who_came(self, session: Session, seen: Look, standing: Standing) -> None:
        identities = {Seat.TUTOR: session.tutor, Seat.STUDENT: session.student}
        here = {seat for seat, identity in identities.items() if identity in (seen.people or ())}
        for seat in here - standing.came:
            async with self.sessions.begin() as opened:
                await classrooms.note_joined(opened, session.booking_id, seat)

    async def show(self, session: Session, take: "Take") -> None:
        """Write down whether the room is really being recorded, where that has changed."""
        if (recorded := take.is_recorded) is not take.is_shown:
            async with self.sessions.begin() as opened:
                await classrooms.show_recording(opened, session.booking_id, recorded)
            take.is_shown = recorded

    @activity.defn
    async def deliver(self, session: Session) -> None:
        """Where the recorder cannot be asked before somebody mends it, settling asks again, and says so."""
        files: list[RecordedFile] = []
        with suppress(PermanentError):
            files = await self.recorder.recordings(classroom_of(session))
        info = activity.info()
        event = RoomEvent(f"recorded-{info.workflow_run_id}", EventKind.RECORDING_READY, session.booking_id)
        async with self.sessions.begin() as opened:
            await classrooms.show_recording(opened, session.booking_id, False)
            await inbox.store_events(opened, [Arrival(event, tuple(files))])


class Take:
    """Records a room as long as it is wanted, and tries again after a pause when that fails.

    `changed` is set when `is_recorded` has changed; `is_shown` is what people have been told of it.
    """

    def __init__(self, recorder: Recorder, room: Classroom, changed: asyncio.Event) -> None:
        self.recorder, self.room, self.changed = recorder, room, changed
        self.is_recorded = False
        self.is_shown: bool | None = None
        self.begun = 0
        self.pause, self.rest_until = FIRST_PAUSE, 0.0
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def follow(self, wanted: bool) -> None:
        """Begin where nothing is recorded yet, or let what is recorded come to its end."""
        self.allow(wanted)
        if wanted and self.task is None and time.monotonic() >= self.rest_until:
            self.begun += 1
            self.stop = asyncio.Event()
            self.task = asyncio.create_task(self.record())
            self.task.add_done_callback(self.ended)

    def allow(self, allowed: bool) -> None:
        """Stop at once what may not be recorded."""
        if not allowed:
            self.stop.set()

    async def record(self) -> None:
        begun = time.monotonic()
        try:
            await self.recorder.record(self.room, self.stop, self.tell)
        except LessonError as error:
            log.warning("A classroom is not being recorded (%s).", error.code)
        finally:
            self.pause = FIRST_PAUSE if time.monotonic() - begun > LONGEST_PAUSE else min(self.pause * 2, LONGEST_PAUSE)
            self.rest_until = time.monotonic() + self.pause

    async def tell(self, recorded: bool) -> None:
        self.is_recorded = recorded
        self.changed.set()

    def ended(self, task: asyncio.Task[None]) -> None:
        self.task, self.is_recorded = None, False
        self.changed.set()
        asyncio.get_running_loop().call_later(self.pause, self.changed.set)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s while a classroom was recorded", type(error).__name__)

    async def finish(self) -> None:
        """Let what is recorded come to its end, which takes as long as its upload."""
        self.stop.set()
        if self.task:
            await asyncio.wait([self.task], timeout=UPLOADING.total_seconds())

    async def drop(self) -> None:
        """Leave what is recorded as it is, for another worker to go on with."""
        if self.task:
            self.task.cancel()
            await asyncio.wait([self.task])


def classroom_of(session: Session) -> Classroom:
    return Classroom(session.booking_id, session.tutor, session.student)


def as_set(people: list[str] | None) -> frozenset[str] | None:
    return None if people is None else frozenset(people)
