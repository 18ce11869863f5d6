"""Around every step: heartbeats while it runs, and errors told so that no content leaves the worker."""

import asyncio
import errno
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from lessons.errors import LessonError, NoDiskSpace, PermanentError

log = logging.getLogger("studio.steps")

BEAT = 2.0


class Answering(Interceptor):
    """Beats for every step and tells its errors; the worker is given one of these."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return AnsweredStep(next)


class AnsweredStep(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            async with beating():
                return await super().execute_activity(input)
        except LessonError as error:
            told = as_told(error, activity.info().attempt)
        except Exception as error:
            told = unforeseen(error)
        raise told from None


def as_told(error: LessonError, attempt: int = 1) -> ApplicationError:
    """The error as Temporal keeps it; one that was tried as often as it is worth is not tried again."""
    tried = error.tries is not None and attempt >= error.tries
    return ApplicationError(
        str(error),
        type=error.code,
        non_retryable=tried or isinstance(error, PermanentError),
        next_retry_delay=error.after,
    )


def unforeseen(error: Exception) -> ApplicationError:
    """An error by its class name only: its text, and that of its causes, may quote a transcript or a key."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return as_told(NoDiskSpace())
    kind = type(error).__name__
    lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("%s in step %s at %s", kind, activity.info().activity_type, " < ".join(reversed(lines)))
    return ApplicationError("Something unforeseen happened; the worker's log tells where. Retry the lesson.", type=kind)


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeat until the block is left; this is also how a cancellation arrives."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
