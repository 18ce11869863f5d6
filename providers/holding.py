"""Who works on a folder of this machine: one at a time, and no longer than he lives."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Lock a folder for as long as the block lasts and we live; False where it is locked already, or gone."""
    try:
        lock = (folder / "lock").open("wb")
    except FileNotFoundError:
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_held(folder: Path) -> bool:
    with held(folder) as is_ours:
        return folder.exists() and not is_ours
