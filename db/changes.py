"""What has changed, lessons or rooms: one LISTEN connection for everyone who follows one."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncpg

from db.lessons import CHANNEL
from db.listening import listening

PATIENCE = 15.0
POLL = 2.0


class Changes:
    """Wakes whoever follows what `channel` tells of.

    `listen_url` is Postgres's for LISTEN (`postgresql://...`, no pooler).
    """

    def __init__(self, listen_url: str, channel: str = CHANNEL, poll: float = POLL) -> None:
        self.listen_url = listen_url
        self.channel = channel
        self.followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.poll = self.patience = poll

    @contextmanager
    def of(self, followed: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the lesson, or the room, has changed."""
        changed = asyncio.Event()
        self.followers[followed].add(changed)
        try:
            yield changed
        finally:
            self.followers[followed].discard(changed)
            if not self.followers[followed]:
                del self.followers[followed]

    async def wait(self, changed: asyncio.Event, most: float = PATIENCE) -> None:
        """Wait for a change, or until it is time to look: soon while Postgres tells us nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self.patience, most)):
                await changed.wait()

    async def listen(self) -> None:
        """Hear of changes until cancelled; where Postgres cannot be heard, followers look for themselves."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self.listening() as gone:
                    await gone.wait()
            await asyncio.sleep(self.poll)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.Event]:
        """Hear of changes until the block is left; the event is set when the connection breaks.

        Whatever was missed before is found by whoever follows now.
        """
        async with listening(self.listen_url, self.channel, self.tell) as gone:
            self.patience = PATIENCE
            self.wake(*self.followers)
            try:
                yield gone
            finally:
                self.patience = self.poll

    def tell(self, _connection: object, _process: int, _channel: str, changed: object) -> None:
        self.wake(str(changed))

    def wake(self, *changed: str) -> None:
        for one in changed:
            for followed in self.followers.get(one, ()):
                followed.set()
