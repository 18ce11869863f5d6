"""A recorder at work on a lesson that is held in a room, and what came of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil
from livekit import api

from lessons.capture import RecordedFile
from lessons.ports import Classroom
from providers.disk import DiskFileStore
from providers.realtime import RealtimeRecorder
from providers.recorded_parts import RecordedParts
from tests.livekit.participants import Person, Voice, in_the_room, voices_in
from tests.livekit.servers import LiveKitServer


@dataclass
class Lesson:
    """One room with its two people and its recorder, whose files lie in `folder`."""

    server: LiveKitServer
    folder: Path
    voices: tuple[Voice, Voice]
    room: Classroom = field(default_factory=lambda: Classroom(str(uuid4()), f"tutor-{uuid4()}", f"student-{uuid4()}"))
    begins: float = field(default_factory=time.time)
    shown: list[bool] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.tutor, self.student = (
            self.person(identity, voice)
            for identity, voice in zip((self.room.tutor, self.room.student), self.voices, strict=True)
        )
        parts = RecordedParts(DiskFileStore(self.folder, "recordings", "", ""), self.scratch)
        self.recorder = RealtimeRecorder(self.server.url, self.server.key, self.server.secret, parts)
        self.is_shown = asyncio.Event()

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def person(self, identity: str, voice: Voice) -> Person:
        return Person(self.server.url, self.server.token(self.room.name, identity), voice, self.begins)

    async def show(self, is_recorded: bool) -> None:
        self.shown.append(is_recorded)
        (self.is_shown.set if is_recorded else self.is_shown.clear)()

    def record(self) -> "asyncio.Task[None]":
        return asyncio.create_task(self.recorder.record(self.room, self.stop, self.show))

    @asynccontextmanager
    async def recorded(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Both speak, and are really being recorded; none of it outlives the block."""
        async with in_the_room(self.tutor, self.student):
            await self.tutor.speak()
            await self.student.speak()
            recording = self.record()
            try:
                await self.is_shown.wait()
                yield recording
            finally:
                recording.cancel()
                await asyncio.wait([recording])

    async def close(self) -> None:
        """Close the room, as the tutor's "end lesson" does."""
        async with self.server.api() as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=self.room.name))

    def sound_of(self, file: RecordedFile) -> tuple[Voice, Voice]:
        return voices_in(self.path_of(file))

    def path_of(self, file: RecordedFile) -> Path:
        return self.folder / "recordings" / file.key


def recording_child() -> psutil.Process:
    """The process that records just now."""
    return next(one for one in psutil.Process().children() if "providers.realtime_child" in one.cmdline())
