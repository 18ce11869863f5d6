"""What nobody told of lessons that are over: their recordings are looked for, and what can never come is marked."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from temporalio import activity

from db import inbox
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
from lessons.classroom import student_identity, tutor_identity
from lessons.errors import LessonError, RecordingUnfinished
from lessons.messages import OPEN_AFTER
from lessons.ports import Classroom, Recorder
from workflows.steps import ReconcilingSteps

log = logging.getLogger("studio.reconciling")


@dataclass
class Reconciling(ReconcilingSteps):
    """`is_watched` tells whether a booking's room is being watched now: whoever does it tells of it himself."""

    sessions: Sessions
    recorder: Recorder | None
    is_watched: Callable[[str], Awaitable[bool]]

    @activity.defn
    async def reconcile(self) -> int:
        async with at_once(self.sessions) as session:
            overdue = await overdue_lessons(session)
        told = 0
        for one in overdue:
            told += await self.look_after(one)
        if told:
            log.info("Of %d lessons nobody had told.", told)
        return told

    async def look_after(self, one: Overdue) -> bool:
        """Tell the inbox what it has not been told of a lesson; answer whether there was anything."""
        if await self.is_watched(one.id):
            return False
        try:
            files = await self.recorded(one)
        except LessonError as error:
            if not isinstance(error, RecordingUnfinished):
                log.warning("The recordings of lesson %s cannot be looked for (%s).", one.id, error.code)
            return False
        async with self.sessions.begin() as session:
            known = await inbox.arrivals_in(session, one.id)
            if not is_news(one, files, known):
                return False
            await inbox.store_events(session, [Arrival(event_of(one, files), tuple(files))])
        return True

    async def recorded(self, one: Overdue) -> list[RecordedFile]:
        people = tutor_identity(one.tutor_id), student_identity(one.student_id)
        return await self.recorder.recordings(Classroom(one.id, *people)) if self.recorder else []


def is_news(one: Overdue, files: Sequence[RecordedFile], known: Sequence[Arrival]) -> bool:
    """Whether there are files that nobody told of, or there never will be any."""
    if files:
        found = Arrival(event_of(one, files), tuple(files))
        told = parts_of([arrival for arrival in known if is_of_use(arrival)])
        return lesson_is_late([found], told) or not (one.settled or is_final(known))
    hopeless = one.opened and datetime.now(UTC) > one.ends_at + OPEN_AFTER
    return hopeless and not one.settled and not is_final(known)


def event_of(one: Overdue, files: Sequence[RecordedFile]) -> RoomEvent:
    """The same finding has the same id, however often it is made."""
    found = sha256("\n".join(sorted(file.key for file in files)).encode()).hexdigest()[:16]
    return RoomEvent(f"found-{one.id}-{found}", EventKind.RECORDING_READY, one.id)
