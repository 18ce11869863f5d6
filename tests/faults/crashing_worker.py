"""A worker that is killed at one point of one step, once: `python -m tests.faults.crashing_worker STEP PHASE MARK`.

PHASE is `midway`, or `after` for the moment when all is done and nobody knows yet; midway through `announce` one letter
is out and the other is not. MARK is the file that says that it has happened; the letters that were handed over are
noted beside it.
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

from activities.notifications import Notifications
from db.people import Person
from lessons.letters import Message
from lessons.messages import Lesson
from lessons.ports import Letter
from studio.configuration import read_settings
from studio.crewing import crew
from workers.roster import Post
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
        if self.crash.phase == "midway" and self.crash.step != "announce":
            asyncio.get_running_loop().call_later(MIDWAY, self.crash.die)
        await super().execute_activity(input)
        self.crash.die()
        return None


class WatchedLetters(Notifications):
    """Notes every letter that is handed over; where the crash comes midway, it waits for the first one's outcome."""

    def __init__(self, crash: Crashing, known: Notifications) -> None:
        super().__init__(known.sessions, known.mailer, known.domain, known.opt_out)
        self.crash, self.is_told, self.begun = crash, asyncio.Event(), 0

    async def tell(self, lesson: Lesson, person: Person, message: Message, kind: str) -> None:
        self.begun += 1
        midway = (self.crash.step, self.crash.phase) == ("announce", "midway")
        if midway and self.begun > 1 and not self.crash.mark.exists():
            await self.is_told.wait()
            self.crash.die()
        await super().tell(lesson, person, message, kind)
        self.is_told.set()

    async def send(self, letter: Letter) -> str:
        outcome = await super().send(letter)
        with self.crash.mark.with_suffix(".letters").open("a") as noted:
            noted.write(f"{letter.message_id}\n")
        return outcome


def watch_letters(posts: list[Post], crash: Crashing) -> None:
    for post in posts:
        post.answers[:] = [
            WatchedLetters(crash, one) if isinstance(one, Notifications) else one for one in post.answers
        ]


async def main(step: str, phase: str, mark: Path) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with crew(read_settings(), {"lessons", "ai", "media"}) as (client, posts, relay):
        relaying = asyncio.create_task(relay.run())
        crash = Crashing(step, phase, mark)
        watch_letters(posts, crash)
        await work(client, posts, ready, stop, [crash])
        relaying.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
