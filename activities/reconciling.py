"""What nobody told of lessons that are over: their recordings are looked for, and what can never come is marked."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeVar

from temporalio import activity

from db import inbox
from db.classrooms import OpenRoom, open_rooms
from db.overdue import Overdue, overdue_lessons
from db.session import Sessions, at_once
from lessons.capture import (
    Arrival,
    EventKind,
    RecordedFile,
    RoomEvent,
    is_final,
    is_of_use,
    lesson_is_late,
    parts_of,
)
from lessons.classroom import Hours, student_identity, tutor_identity
from lessons.errors import LessonError, RecordingUnfinished
from lessons.messages import Session
from lessons.ports import Classroom, Recorder
from workflows.reconcile import EVERY
from workflows.steps import ReconcilingSteps

R = TypeVar("R")

log = logging.getLogger("studio.reconciling")

AT_ONCE = 8
ROUND, PATIENCE = 45.0, 60.0
"""Seconds for which a round takes up lessons, and that one of them may take: together less than a step may."""

REMEMBERED = 3 * 3600.0


async def let_be(session: Session, since: datetime) -> bool:
    """Leave a room as it is."""
    return True


async def no_people(room: str) -> Collection[str] | None:
    return None


@dataclass
class Reconciling(ReconcilingSteps):
    """`is_watched` tells whether a booking's room is being watched now: whoever does it tells of it himself.

    `watch` has a room watched unless its last watch ended after a moment, and answers whether it is watched now;
    `people` are those in a room. `hours` say how long after a booking people may enter. `looked_at` is when a lesson
    was last looked after, by its booking's id.
    """

    sessions: Sessions
    recorder: Recorder | None
    is_watched: Callable[[str], Awaitable[bool]]
    watch: Callable[[Session, datetime], Awaitable[bool]] = let_be
    hours: Hours = field(default_factory=Hours)
    people: Callable[[str], Awaitable[Collection[str] | None]] = no_people
    round: float = ROUND
    patience: float = PATIENCE
    looked_at: dict[str, float] = field(default_factory=dict)

    @activity.defn
    async def reconcile(self) -> int:
        async with at_once(self.sessions) as session:
            rooms = await open_rooms(session, self.hours.after) if self.recorder else []
            overdue = await overdue_lessons(session, turn=int(time.time() / EVERY.total_seconds()))
        waiting = deque(self.in_turn(overdue))
        until = time.monotonic() + self.round
        async with asyncio.TaskGroup() as group:
            group.create_task(self.see_to(rooms, until))
            some = [group.create_task(self.look_after_some(waiting, until)) for _ in range(AT_ONCE)]
        told = sum(one.result() for one in some)
        if told:
            log.info("Of %d lessons nobody had told.", told)
        if waiting:
            log.warning("A round ended before %d lessons, which come first in the next one.", len(waiting))
        return told

    async def see_to(self, rooms: Sequence[OpenRoom], until: float) -> None:
        """Have one room after the other watched as long as there is time; they come in another order every time."""
        for room in rooms:
            if time.monotonic() < until:
                await self.trying(room.session.booking_id, self.have_watched(room))

    async def have_watched(self, room: OpenRoom) -> None:
        """Have a room watched into which somebody was let since its last watch, or in which both are without one."""
        if await self.watch(room.session, room.opened_at):
            return
        here = await self.people(room.session.booking_id) or ()
        if {room.session.tutor, room.session.student} <= set(here):
            await self.watch(room.session, datetime.now(UTC))

    def in_turn(self, overdue: Sequence[Overdue]) -> list[Overdue]:
        """The same lessons, those first that were looked after longest ago, or never yet."""
        since = time.monotonic() - REMEMBERED
        self.looked_at = {one: at for one, at in self.looked_at.items() if at > since}
        return sorted(overdue, key=lambda one: self.looked_at.get(one.id, since))

    async def look_after_some(self, waiting: deque[Overdue], until: float) -> int:
        """Look after one lesson after the other as long as there is time; answer of how many nobody had told."""
        told = 0
        while waiting and (now := time.monotonic()) < until:
            one = waiting.popleft()
            self.looked_at[one.id] = now
            told += bool(await self.trying(one.id, self.look_after(one)))
        return told

    async def trying(self, booking_id: str, work: Awaitable[R]) -> R | None:
        """Do something for a lesson, for a while; its trouble, whatever it is, is not that of the others."""
        try:
            async with asyncio.timeout(self.patience):
                return await work
        except RecordingUnfinished:
            return None
        except Exception as error:
            told = error.code if isinstance(error, LessonError) else type(error).__name__
            log.warning("Lesson %s cannot be looked after (%s).", booking_id, told)
            return None

    async def look_after(self, one: Overdue) -> bool:
        """Tell the inbox what it has not been told of a lesson; answer whether there was anything."""
        if await self.is_watched(one.id):
            return False
        files = await self.recorded(one)
        async with self.sessions.begin() as session:
            known = await inbox.arrivals_in(session, one.id)
            if not is_news(one, files, known, one.ends_at + self.hours.after):
                return False
            await inbox.store_events(session, [Arrival(event_of(one, files), tuple(files))])
        return True

    async def recorded(self, one: Overdue) -> list[RecordedFile]:
        people = tutor_identity(one.tutor_id), student_identity(one.student_id)
        return await self.recorder.recordings(Classroom(one.id, *people)) if self.recorder else []


def is_news(one: Overdue, files: Sequence[RecordedFile], known: Sequence[Arrival], open_until: datetime) -> bool:
    """Whether there are files that nobody told of, or there never will be any."""
    if files:
        found = Arrival(event_of(one, files), tuple(files))
        told = parts_of([arrival for arrival in known if is_of_use(arrival)])
        return lesson_is_late([*known, found], told) or not (one.settled or is_final(known))
    hopeless = one.opened and datetime.now(UTC) > open_until
    return hopeless and not one.settled and not is_final(known)


def event_of(one: Overdue, files: Sequence[RecordedFile]) -> RoomEvent:
    """The same finding has the same id, however often it is made."""
    found = sha256("\n".join(sorted(file.key for file in files)).encode()).hexdigest()[:16]
    return RoomEvent(f"found-{one.id}-{found}", EventKind.RECORDING_READY, one.id)
