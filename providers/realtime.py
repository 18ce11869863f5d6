"""Lessons recorded by a hidden participant of the LiveKit room, a child process of ours for each."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from livekit import api

from lessons.capture import RecordedFile
from lessons.classroom import recorder_identity
from lessons.errors import PartCrashed
from lessons.ports import Classroom
from providers.children import answer_in, reader_of, running
from providers.livekit import in_our_words, livekit_rooms
from providers.recorded_parts import RecordedParts

CHILD = (sys.executable, "-m", "providers.realtime_child")
HUSH, SILENCE = 5.0, 30.0
"""Seconds after which a child that says nothing is not trusted to be filming, and after which it is given up."""

JOINING = timedelta(minutes=5)

Shown = Callable[[bool], Awaitable[None]]


@dataclass(frozen=True)
class RealtimeRecorder:
    """A Recorder for a LiveKit server; also raises OperatorAction, with the setting to mend."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    parts: RecordedParts

    async def record(self, room: Classroom, stop: asyncio.Event, shown: Shown) -> None:
        await self.parts.rescue(room.name)
        if stop.is_set() or not await self.is_open(room.name):
            return
        async with self.parts.new(room.name) as folder:
            await self.film(self.question(room, folder), stop, shown)

    async def hush(self, room: Classroom) -> None:
        """Put a recorder out that a worker of another machine has sent."""
        with in_our_words():
            async with livekit_rooms(self.url, self.api_key, self.api_secret) as rooms:
                await rooms.put_out(room.name, recorder_identity(room.name))

    async def recordings(self, room: Classroom) -> list[RecordedFile]:
        return await self.parts.settled(room.name)

    async def is_open(self, room: str) -> bool:
        """Whether the room is there: joining another one would make it."""
        with in_our_words():
            async with livekit_rooms(self.url, self.api_key, self.api_secret) as rooms:
                return await rooms.is_open(room)

    def question(self, room: Classroom, folder: Path) -> dict[str, str]:
        return {
            "url": re.sub("^http", "ws", self.url),
            "token": self.token(room.name),
            "folder": str(folder.absolute()),
            "tutor": room.tutor,
            "student": room.student,
        }

    def token(self, room: str) -> str:
        """Lets in a recorder that nobody sees; the same identity again puts out the one before."""
        grants = api.VideoGrants(
            room_join=True, room=room, recorder=True, hidden=True, can_publish=False, can_subscribe=True
        )
        token = api.AccessToken(self.api_key, self.api_secret).with_identity(recorder_identity(room))
        return token.with_kind("egress").with_grants(grants).with_ttl(JOINING).to_jwt()

    async def film(self, question: dict[str, str], stop: asyncio.Event, shown: Shown) -> None:
        is_shown = False
        try:
            async with running(CHILD, quiet=True) as child, aclosing(told_by(child, question, stop)) as told:
                async for is_filmed in told:
                    if is_filmed is not is_shown:
                        is_shown = is_filmed
                        await shown(is_filmed)
        finally:
            if is_shown:
                await shown(False)


async def told_by(
    child: Process, question: dict[str, str], stop: asyncio.Event, hush: float = HUSH, silence: float = SILENCE
) -> AsyncGenerator[bool, None]:
    """Put the question and hear what the child tells until it has ended well; `stop` lets it end.

    While it says nothing for `hush` seconds it films nothing, as far as we know. Raises the LessonError that it ends
    with, PartCrashed if it ends without a word or falls silent.
    """
    stopping = asyncio.create_task(end_input(child, question, stop))
    silent = 0.0
    try:
        while silent < silence:
            line = await next_line(child, hush)
            silent = 0.0 if line is not None else silent + hush
            said: dict[str, Any] = {"told": False} if line is None else json.loads(line)
            if "told" not in said:
                answer_in(said)
                return
            yield said["told"]
        raise PartCrashed("the recorder fell silent")
    finally:
        stopping.cancel()


async def next_line(child: Process, hush: float) -> bytes | None:
    """What the child says next, None where it says nothing; raises PartCrashed where it will not any more."""
    try:
        line = await asyncio.wait_for(reader_of(child).readline(), hush)
    except TimeoutError:
        return None
    if not line:
        raise PartCrashed(f"the recorder ended with {await child.wait()}")
    return line


async def end_input(child: Process, question: dict[str, str], stop: asyncio.Event) -> None:
    if child.stdin is None:
        raise PartCrashed
    with suppress(ConnectionError):
        child.stdin.write(json.dumps(question).encode() + b"\n")
        await child.stdin.drain()
        await stop.wait()
        child.stdin.close()
