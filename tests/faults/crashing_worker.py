"""A worker that is killed at one point of one step, once: `python -m tests.faults.crashing_worker STEP PHASE MARK`.

PHASE is `midway`, or `after` for the moment when all is done and nobody knows yet. MARK is the file that says
that it has happened.
"""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from studio.configuration import read_settings
from studio.crewing import crew
from workers.run import work

MIDWAY = 0.35


@dataclass
class Crashing(Interceptor):
    step: str
    phase: str
    mark: Path

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return CrashingStep(next, self)

    def die(self) -> None:
        self.mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class CrashingStep(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, crash: Crashing) -> None:
        super().__init__(next)
        self.crash = crash

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if activity.info().activity_type != self.crash.step or self.crash.mark.exists():
            return await super().execute_activity(input)
        if self.crash.phase == "midway":
            asyncio.get_running_loop().call_later(MIDWAY, self.crash.die)
        await super().execute_activity(input)
        self.crash.die()
        return None


async def main(step: str, phase: str, mark: Path) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with crew(read_settings(), {"lessons", "ai", "media"}) as (client, posts, relay):
        relaying = asyncio.create_task(relay.run())
        await work(client, posts, ready, stop, [Crashing(step, phase, mark)])
        relaying.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
