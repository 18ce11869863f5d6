"""The recording of one classroom, begun and ended as it is wanted."""

import asyncio
import logging
import time

from lessons.errors import LessonError
from lessons.ports import Classroom, Recorder

log = logging.getLogger("studio.capture")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0

LATEST = 60.0
"""Seconds after which nothing begins any more that was asked for and given up."""


class Take:
    """Records a room as long as it is wanted, and tries again after a pause when that fails.

    `changed` is set when `is_recorded` has changed; `is_shown` is what people have been told of it. Where nothing is to
    be recorded, what somebody else began is ended too, and until `late_until` what begins after it was given up.
    """

    def __init__(self, recorder: Recorder, room: Classroom, changed: asyncio.Event) -> None:
        self.recorder, self.room, self.changed = recorder, room, changed
        self.is_recorded = False
        self.is_shown: bool | None = None
        self.begun = 0
        self.pause, self.rest_until = FIRST_PAUSE, 0.0
        self.is_quiet, self.late_until = False, 0.0
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def follow(self, wanted: bool) -> None:
        """Begin where nothing is recorded yet, or let what is recorded come to its end."""
        await self.allow(wanted)
        if wanted and self.task is None and time.monotonic() >= self.rest_until:
            self.is_quiet = False
            self.begun += 1
            self.stop = asyncio.Event()
            self.task = asyncio.create_task(self.record())
            self.task.add_done_callback(self.ended)

    async def allow(self, allowed: bool) -> None:
        """Stop at once what may not be recorded, whoever began it."""
        if allowed:
            return
        self.stop.set()
        if self.task is None and not self.is_quiet:
            asked_at = time.monotonic()
            await self.recorder.hush(self.room)
            self.is_quiet = asked_at >= self.late_until

    async def record(self) -> None:
        begun = time.monotonic()
        try:
            await self.recorder.record(self.room, self.stop, self.tell)
        except LessonError as error:
            log.warning("A classroom is not being recorded (%s).", error.code)
            self.late_until = time.monotonic() + LATEST
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

    async def drop(self) -> None:
        """Leave what is recorded as it is, for another worker to go on with."""
        if self.task:
            self.task.cancel()
            await asyncio.wait([self.task])
