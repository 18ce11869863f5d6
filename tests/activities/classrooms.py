"""A classroom that obeys a script, and a recorder that does as it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from activities.recordings import Recordings
from lessons.capture import RecordedFile
from lessons.errors import LessonError, PartCrashed
from lessons.ports import Classroom, Guest


@dataclass
class ScriptedRooms:
    """One room with these people in it; None where it is closed, an error where the server is away, or hangs."""

    here: list[str] | LessonError | None = field(default_factory=list)
    hangs: bool = False
    looks: int = 0

    async def open(self, room: Classroom) -> None:
        self.here = []

    async def people(self, name: str) -> list[str] | None:
        self.looks += 1
        if self.hangs:
            await asyncio.Event().wait()
        if isinstance(self.here, LessonError):
            raise self.here
        return self.here

    async def close(self, name: str) -> None:
        self.here = None

    def token(self, room: Classroom, guest: Guest, lasts: timedelta) -> str:
        return ""


@dataclass
class ScriptedRecorder:
    """Records until it is told to stop, or the room is closed; `failures` are what its next takes end with.

    `left` is a recording that somebody else began, `hushed` whether anything was ever asked to end; `ending` holds the
    end of a take back.
    """

    rooms: ScriptedRooms = field(default_factory=ScriptedRooms)
    files: list[RecordedFile] = field(default_factory=list)
    failures: list[LessonError] = field(default_factory=list)
    away: LessonError | None = None
    crash: asyncio.Event = field(default_factory=asyncio.Event)
    left: bool = False
    hushed: bool = False
    ending: asyncio.Event | None = None
    takes: int = 0
    running: int = 0

    async def record(self, room: Classroom, stop: asyncio.Event, shown: Callable[[bool], Awaitable[None]]) -> None:
        self.takes, self.left = self.takes + 1, False
        if self.failures:
            raise self.failures.pop(0)
        self.running += 1
        try:
            await shown(True)
            while not stop.is_set() and self.rooms.here is not None:
                if self.crash.is_set():
                    self.crash.clear()
                    raise PartCrashed
                await asyncio.sleep(0.01)
            await shown(False)
            if self.ending:
                await self.ending.wait()
        finally:
            self.running -= 1

    async def hush(self, room: Classroom) -> None:
        self.left, self.hushed = False, True

    async def recordings(self, room: Classroom) -> list[RecordedFile]:
        if self.away:
            raise self.away
        return self.files


def in_classroom(recordings: Recordings, **truth: Any) -> Recordings:
    """Recordings of a lesson that was held in a room of ours."""
    return replace(recordings, recorder=ScriptedRecorder(**truth))
