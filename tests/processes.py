"""Processes that tests start and kill."""

import asyncio
from collections.abc import Callable

import psutil


def tree_of(process: int) -> list[psutil.Process]:
    """Everything that a process has started, and what that has started."""
    return psutil.Process(process).children(recursive=True)


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def last_word_of(process: psutil.Process) -> str:
    """The last word of the command that started it; none when it is gone."""
    try:
        return (process.cmdline() or [""])[-1]
    except psutil.NoSuchProcess:
        return ""


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fail when it never does."""
    for _ in range(600):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not come true")
