"""Work for which an answer waits a moment and no longer."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Errands:
    """Goes on with what is under way when nobody waits for it any more."""

    def __init__(self) -> None:
        self.under_way: set[asyncio.Task[None]] = set()

    async def within(self, seconds: float, *works: Coroutine[Any, Any, None]) -> None:
        """Run works side by side; raises what one of them raises in this time."""
        tasks = [asyncio.create_task(work) for work in works]
        for task in tasks:
            self.under_way.add(task)
            task.add_done_callback(self.over)
        done, _ = await asyncio.wait(tasks, timeout=seconds)
        for task in done:
            task.result()

    def over(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        if not task.cancelled():
            task.exception()

    async def stop(self) -> None:
        """Cancel whatever is still under way."""
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
