"""A studio that runs in a home: held by one process, and found by every other command."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from studio.keys import write_privately
from studio.owning import usable
from studio.trouble import Trouble

LOCK = "lock"


@dataclass(frozen=True)
class Running:
    """Where the parts of a running studio are; None stands for what is elsewhere or does not exist.

    The links lead two people of its own into the room of a lesson.
    """

    pid: int
    home: str
    api: str
    docs: str
    temporal: str
    temporal_ui: str | None
    inbox: str | None
    smtp: str | None
    database: str = field(repr=False)
    livekit: str | None = None
    tutor_link: str | None = None
    student_link: str | None = None


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keep the home for this process until the block is left.

    Raises Trouble where another one has it, or where it cannot be used.
    """
    with usable(home):
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = (home / LOCK).open("a+")
    with lock:
        if not taken(lock):
            lock.seek(0)
            raise Trouble(
                f"A studio already runs in {home} (process {lock.read() or 'unknown'}): use it, stop it, "
                "or set STUDIO_HOME to another folder."
            )
        with usable(home):
            place_of(home).unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def place_of(home: Path) -> Path:
    return home / "run.json"


@contextmanager
def announced(running: Running) -> Iterator[None]:
    """Let other commands find the studio until the block is left."""
    file = place_of(Path(running.home))
    write_privately(file, asdict(running))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def find_running(home: Path) -> Running | None:
    """The studio that runs in this home; what a killed one left behind does not count.

    Raises Trouble where the home cannot be used.
    """
    with usable(home), suppress(FileNotFoundError):
        running = Running(**json.loads(place_of(home).read_text()))
        with (home / LOCK).open() as lock:
            return None if taken(lock) else running
    return None
