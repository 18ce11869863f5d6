"""What `make demo` takes: memory of its whole process tree, time until the studio is ready, and time to the end."""

import asyncio
import os
import re
import sys
import time
from contextlib import suppress

import psutil

from bench.ground import HOME, clear
from bench.measuring import Figure, agree

READY = re.compile(rb"ready after ([\d.]+) s")
OFTEN = 0.25


async def measure() -> list[Figure]:
    """The demo in a home of its own: the one that `make demo` keeps is left alone."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "studio", "demo"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "STUDIO_HOME": str(HOME)},
    )
    try:
        (said, _), most = await asyncio.gather(process.communicate(), peak_memory(process))
    finally:
        clear(HOME)
    agree("demo", {"exit code": process.returncode, "wanted": 0})
    ready = READY.search(said)
    return [
        Figure("make demo: peak memory of the tree (PSS)", most / 2**20, "MB", limit=1536),
        Figure("make demo: studio ready", float(ready[1]) if ready else float("inf"), "s", limit=5),
        Figure("make demo: done", time.perf_counter() - begun, "s", limit=60),
    ]


async def peak_memory(process: asyncio.subprocess.Process) -> int:
    """The most bytes that the process and all below it hold at once, shared ones shared out."""
    most, tree = 0, psutil.Process(process.pid)
    while process.returncode is None:
        most = max(most, await asyncio.to_thread(memory_of, tree))
        await asyncio.sleep(OFTEN)
    return most


def memory_of(tree: psutil.Process) -> int:
    total = 0
    with suppress(psutil.Error):
        for one in (tree, *tree.children(recursive=True)):
            with suppress(psutil.Error):
                total += one.memory_full_info().pss
    return total
