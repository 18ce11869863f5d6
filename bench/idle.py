"""A workflow of the same shape as a lesson's, whose steps do nothing: what Temporal itself takes for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from temporalio import activity, workflow
from temporalio.common import RawValue

from lessons.capture import RoomEvent
from lessons.messages import Lesson
from workflows.asking import AI, LESSONS, MEDIA, SILENCE, Queue

PREFIX = "idle-"


class Idle:
    """Answers every question, with nothing."""

    @activity.defn(dynamic=True)
    async def nothing(self, args: Sequence[RawValue]) -> None:
        return


@workflow.defn
class IdleWorkflow:
    """The questions of ProcessLessonWorkflow with three clips, on queues of their own."""

    def __init__(self) -> None:
        self.arrived = False

    @workflow.signal
    def room_event(self, event: RoomEvent) -> None:
        self.arrived = True

    @workflow.run
    async def run(self, lesson: Lesson) -> None:
        await workflow.wait_condition(lambda: self.arrived)
        for queue, step in ((LESSONS, "settle"), (LESSONS, "fetch"), (AI, "transcribe")):
            await ask(queue, step, lesson)
        await asyncio.gather(ask(AI, "extract", lesson), self.clips(lesson), ask(AI, "index", lesson))
        for step in ("complete", "announce"):
            await ask(LESSONS, step, lesson)

    async def clips(self, lesson: Lesson) -> None:
        await ask(AI, "choose_moments", lesson)
        await asyncio.gather(*(ask(MEDIA, "cut_clip", lesson) for _ in range(3)))


def own(queue: Queue) -> Queue:
    return replace(queue, name=PREFIX + queue.name)


async def ask(queue: Queue, step: str, lesson: Lesson) -> None:
    await workflow.execute_activity(
        step,
        lesson,
        task_queue=own(queue).name,
        start_to_close_timeout=queue.within,
        heartbeat_timeout=SILENCE,
        retry_policy=queue.retry,
        summary=step,
    )
