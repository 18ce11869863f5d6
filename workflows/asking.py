"""How a step is asked for: on which queue, for how long, and how often."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

STOPPED = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED

P = ParamSpec("P")
R = TypeVar("R")

SILENCE = timedelta(seconds=10)
"""A worker that says nothing for so long is lost."""

SIX_TIMES = RetryPolicy(
    initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5), maximum_attempts=6
)
UNTIL_DONE = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1))
THRICE = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=3)
AT_ONCE = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=1.2, maximum_interval=timedelta(seconds=10)
)
"""Until done, and soon: people are talking meanwhile."""


@dataclass(frozen=True)
class Queue:
    """A task queue, with the time that a step on it may take and how often it is tried.

    A step of which `silence` is None may be answered by somebody else, who says nothing until then; the time is for
    all its tries.
    """

    name: str
    within: timedelta
    retry: RetryPolicy
    silence: timedelta | None = SILENCE

    def lasting(self, seconds: float) -> "Queue":
        """The queue for a step that works through so many seconds of media."""
        return replace(self, within=timedelta(minutes=10, seconds=seconds))


LESSONS = Queue("lessons", within=timedelta(minutes=2), retry=SIX_TIMES)
NOTES = Queue("lessons", within=timedelta(minutes=2), retry=UNTIL_DONE)
AI = Queue("ai", within=timedelta(minutes=10), retry=SIX_TIMES)
ORDERS = Queue("ai", within=timedelta(minutes=10), retry=THRICE, silence=None)
MEDIA = Queue("media", within=timedelta(minutes=30), retry=SIX_TIMES)
CAPTURE = Queue("capture", within=timedelta(hours=24), retry=AT_ONCE)


async def ask(
    queue: Queue,
    step: Callable[Concatenate[Any, P], Awaitable[R]],
    *args: P.args,
    **no_kwargs: P.kwargs,
) -> R:
    """Run one step on its queue and wait for the answer; when cancelled, wait until the step has stopped.

    A step that ends before it hears of the cancellation does not undo it; what only notes something goes on.
    """
    answer = await workflow.execute_activity_method(
        step,
        args=args,
        task_queue=queue.name,
        schedule_to_close_timeout=None if queue.silence else queue.within,
        start_to_close_timeout=queue.within,
        heartbeat_timeout=queue.silence,
        retry_policy=queue.retry,
        cancellation_type=STOPPED if queue.silence else ActivityCancellationType.TRY_CANCEL,
        summary=step.__name__.replace("_", " "),
    )
    if workflow.cancellation_reason() is not None and queue != NOTES:
        raise asyncio.CancelledError
    return answer
