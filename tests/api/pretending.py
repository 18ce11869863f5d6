"""A LiveKit server that is not there: the API asks it for little, and its tokens are made without it."""

import asyncio
from datetime import timedelta

from lessons.errors import LessonError
from lessons.ports import Classroom, Guest
from providers.livekit import token_for
from tests.api.signing import KEY, SECRET


class PretendRooms:
    """Notes what it is asked, after `takes` seconds; raises `fault` where there is one. `here` is who is in a room."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.takes = 0.0
        self.fault: LessonError | None = None
        self.here: list[str] | None = None

    async def open(self, room: Classroom) -> None:
        await self.note("open", room.name)

    async def people(self, name: str) -> list[str] | None:
        await self.note("people", name)
        return self.here

    async def close(self, name: str) -> None:
        await self.note("close", name)

    async def note(self, what: str, name: str) -> None:
        await asyncio.sleep(self.takes)
        if self.fault:
            raise self.fault
        self.asked.append((what, name))

    def token(self, room: Classroom, guest: Guest, lasts: timedelta) -> str:
        return token_for(room, guest, lasts, KEY, SECRET)
