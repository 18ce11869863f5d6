"""Wakes whoever watches a room, where that costs the one who rings nothing."""

import asyncio
from contextlib import suppress
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from db.classrooms import wake_room
from db.session import Sessions


class Doorbell:
    """Rings that come while others are being told are told together; one that is lost only delays."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.rung: set[str] = set()
        self.telling: asyncio.Task[None] | None = None

    def ring(self, room: str) -> None:
        """Have the room looked at soon; a name that is no booking's wakes nobody."""
        with suppress(ValueError):
            self.rung.add(str(UUID(room)))
            if self.telling is None:
                self.telling = asyncio.get_running_loop().create_task(self.tell())

    async def tell(self) -> None:
        try:
            while self.rung:
                rung, self.rung = self.rung, set()
                with suppress(OSError, SQLAlchemyError):
                    async with self.sessions.begin() as session:
                        await wake_room(session, *rung)
        finally:
            self.telling = None
