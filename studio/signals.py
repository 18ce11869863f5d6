"""Work that ends in order on Ctrl-C, SIGTERM, or when the terminal is closed."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """Run the work; a signal cancels it, and once it has cleaned up KeyboardInterrupt is raised."""

    async def stoppable() -> T:
        task = asyncio.ensure_future(work)
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(one, task.cancel)
        return await task

    try:
        return asyncio.run(stoppable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
