"""A classroom while its lesson is held: who is in it, whether it is recorded, and what is left of it."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.taking import Take
from db import classrooms, consents, inbox
from db.changes import Changes
from db.session import Sessions
from lessons.capture import UPLOADING, Arrival, EventKind, RecordedFile, RoomEvent
from lessons.classroom import Seat
from lessons.consent import Consents, may_record
from lessons.errors import LessonError, PermanentError, RoomUnavailable
from lessons.messages import Session, Watched
from lessons.ports import Classroom, Recorder, Rooms
from lessons.watching import Look, Next, Watch
from workflows.steps import CaptureSteps

log = logging.getLogger("studio.capture")

LOOK_EVERY = 5.0
"""Seconds between looks into a room; whoever changes something there has it looked into at once."""


@dataclass(frozen=True)
class Standing:
    """What is written down about a classroom; `recorded_since` is None where it is not recorded now."""

    may_record: bool
    ended: bool
    came: frozenset[Seat]
    ends_at: datetime
    recorded_since: datetime | None


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
                over_at = datetime.now(UTC)
                await self.finish(session, take)
            finally:
                await take.drop()
        return Watched(over_at, watch.met, take.begun)

    async def finish(self, session: Session, take: Take) -> None:
        """Let what is recorded come to its end, which takes as long as its upload, and show it meanwhile as it is."""
        take.stop.set()
        until = time.monotonic() + UPLOADING.total_seconds()
        while True:
            await self.show(session, take)
            if take.task is None or time.monotonic() > until:
                return
            await self.changes.wait(take.changed, most=self.look_every)
            take.changed.clear()

    async def look(self, watch: Watch, take: Take) -> Next:
        """Look once and do what is to be done; while the room or Postgres does not answer, all goes on as it is.

        What may not be recorded is ended before anybody is asked who is there.
        """
        ended = False
        try:
            standing = await self.standing(watch.session)
            ended, may_record = standing.ended, standing.may_record and not standing.ended
            session = watch.session = watch.session.moved_to(standing.ends_at)
            watch.met = watch.met or standing.came == set(Seat)
            if take.is_shown is None:
                watch.found_since = standing.recorded_since
            await self.show(session, take)
            await take.allow(may_record)
            people = await self.people_in(session.booking_id, take.changed)
            seen = Look(datetime.now(UTC), people, standing.may_record, ended)
            await self.note_who_came(session, seen, standing)
            decided = watch.decide(seen)
            if may_record:
                await take.follow(decided is Next.RECORD)
        except (LessonError, SQLAlchemyError, OSError) as error:
            log.warning("A classroom cannot be looked into (%s).", getattr(error, "code", type(error).__name__))
            return watch.miss(datetime.now(UTC), ended)
        return decided

    async def people_in(self, room: str, changed: asyncio.Event) -> frozenset[str] | None:
        """Who is in the room; given up when something changes meanwhile, which may be a consent that is withdrawn."""
        asking, changing = asyncio.create_task(self.rooms.people(room)), asyncio.create_task(changed.wait())
        try:
            await asyncio.wait((asking, changing), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise RoomUnavailable
            people = asking.result()
        finally:
            asking.cancel()
            changing.cancel()
        return None if people is None else frozenset(people)

    async def standing(self, session: Session) -> Standing:
        async with self.sessions() as opened:
            given = await consents.consents_in(opened, session.booking_id)
            booked = await classrooms.as_booked(opened, session.booking_id)
        room, ends_at = booked or (None, session.ends_at)
        tutor, student = (given.get(person, Consents()) for person in (session.tutor_id, session.student_id))
        came = {Seat.TUTOR: room and room.joined_tutor_at, Seat.STUDENT: room and room.joined_student_at}
        here = frozenset(seat for seat, at in came.items() if at)
        recorded_since = room.recording_since if room and room.recording else None
        return Standing(may_record(tutor, student), bool(room and room.ended_at), here, ends_at, recorded_since)

    async def note_who_came(self, session: Session, seen: Look, standing: Standing) -> None:
        identities = {Seat.TUTOR: session.tutor, Seat.STUDENT: session.student}
        here = {seat for seat, identity in identities.items() if identity in (seen.people or ())}
        for seat in here - standing.came:
            async with self.sessions.begin() as opened:
                await classrooms.note_joined(opened, session.booking_id, seat)

    async def show(self, session: Session, take: Take) -> None:
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


def classroom_of(session: Session) -> Classroom:
    return Classroom(session.booking_id, session.tutor, session.student)
