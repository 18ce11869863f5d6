"""Programs that run beside us: started, watched, started again when they die, and never left behind."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers.children import tied_to
from studio.trouble import Trouble

Tell = Callable[[str], None]
"""Told, in a sentence, what a person at the terminal should know."""

READY_WITHIN = 60.0
STOPPED_WITHIN = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0


@dataclass(frozen=True)
class Part:
    """How a program is started, seen to be ready, asked to stop, and made to die with us.

    `prepare` comes before every start, also after a crash. `environment` is added to ours; `user` is who the
    program runs as, in the words of subprocess: user, group, extra_groups.
    """

    name: str
    argv: Sequence[str | Path]
    ready: Callable[[], Awaitable[bool]]
    prepare: Callable[[], Awaitable[None]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    user: Mapping[str, Any] = field(default_factory=dict)
    stop_by: signal.Signals = signal.SIGTERM
    dies_by: signal.Signals = signal.SIGKILL


class Child:
    """A part that runs; what it writes only its user can read.

    Its output goes to `log`, that of the run before to `log` + ".1".
    """

    def __init__(self, part: Part, log: Path, tell: Tell) -> None:
        self.part = part
        self.log = log
        self.tell = tell
        self.process: asyncio.subprocess.Process | None = None
        self.keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the part, wait until it is ready, and from then on start it again whenever it ends.

        Raises Trouble with the last line of its log if it does not become ready.
        """
        process = await self.spawn()
        await self.until_ready(process)
        self.keeper = asyncio.create_task(self.keep(process))

    async def stop(self) -> None:
        """Ask the part to stop, and wait until it has; it is killed when it takes too long."""
        if self.keeper:
            self.keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self.keeper
        if self.process and self.process.returncode is None:
            self.process.send_signal(self.part.stop_by)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), STOPPED_WITHIN)
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def keep(self, process: asyncio.subprocess.Process) -> None:
        pause = FIRST_PAUSE
        while True:
            begun = time.monotonic()
            code = await process.wait()
            self.tell(f"{self.part.name} ended by itself ({how(code)}) and is started again; see {self.log}.1")
            await asyncio.sleep(pause)
            pause = FIRST_PAUSE if time.monotonic() - begun > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            with suppress(Trouble, OSError):
                process = await self.spawn()
                await self.until_ready(process)
                self.tell(f"{self.part.name} runs again")

    async def spawn(self) -> asyncio.subprocess.Process:
        if self.part.prepare:
            await self.part.prepare()
        with rotated(self.log).open("wb") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.part.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/" if self.part.user else None,
                env={**os.environ, **self.part.environment},
                process_group=0,
                umask=0o077,
                preexec_fn=tied_to(os.getpid(), self.part.dies_by),
                **self.part.user,
            )
        return self.process

    async def until_ready(self, process: asyncio.subprocess.Process) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN):
                while process.returncode is None:
                    if await self.part.ready():
                        return
                    await asyncio.sleep(0.02)
        raise Trouble(f"{self.part.name} did not start: {last_line(self.log)} (see {self.log})")


@asynccontextmanager
async def side_by_side(parts: Sequence[Part], logs: Path, tell: Tell) -> AsyncIterator[None]:
    """Run parts until the block is left; raises Trouble if one cannot start, and leaves none running."""
    async with stopped_at_last(parts, logs, tell) as children:
        await all_of(*(child.start() for child in children))
        yield


@asynccontextmanager
async def stopped_at_last(parts: Sequence[Part], logs: Path, tell: Tell) -> AsyncIterator[list[Child]]:
    """Children to be started, of which none runs any more when the block has been left."""
    children = [Child(part, logs / f"{part.name}.log", tell) for part in parts]
    try:
        yield children
    finally:
        await asyncio.gather(*(child.stop() for child in children))


async def all_of(*works: Coroutine[Any, Any, None]) -> None:
    """Do all this side by side; what goes wrong first ends the rest, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as doing:
            for work in works:
                doing.create_task(work)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def rotated(log: Path) -> Path:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        log.replace(f"{log}.1")
    return log


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


async def answers(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
