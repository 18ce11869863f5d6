"""Around every step: heartbeats while it runs for a while, and errors told so that no content leaves the worker."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from db.session import is_away
from lessons.errors import DatabaseUnavailable, LessonError, NoDiskSpace, PermanentError, places

log = logging.getLogger("studio.steps")

FIRST, BEAT = 0.5, 2.0
"""Seconds until a step that is still at work beats, and between beats; most steps are done before."""


class Answering(Interceptor):
    """Beats for every step that takes a while and tells its errors; the worker is given one of these."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return AnsweredStep(next)


class AnsweredStep(ActivityInboundInterceptor):
    """One try of a step; `met` are the codes of the errors that this one and those before it ended with."""

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self.met = met_before(activity.info().heartbeat_details)
        super().init(Remembering(outbound, self.met))

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            async with beating():
                return await super().execute_activity(input)
        except LessonError as error:
            self.met.append(error.code)
            activity.heartbeat()
            told = as_told(error, self.met.count(error.code))
        except Exception as error:
            told = unforeseen(error)
        raise told from None


class Remembering(ActivityOutboundInterceptor):
    """Begins every heartbeat with the codes of what was met, for Temporal gives the last one to the next try."""

    def __init__(self, next: ActivityOutboundInterceptor, met: list[str]) -> None:
        super().__init__(next)
        self.met = met

    def heartbeat(self, *details: Any) -> None:
        super().heartbeat([*self.met], *details)


def met_before(beaten: Sequence[Any]) -> list[str]:
    """The codes that the last heartbeat of the try before began with."""
    return [*beaten[0]] if beaten and isinstance(beaten[0], list) else []


def as_told(error: LessonError, times: int = 1) -> ApplicationError:
    """The error as Temporal keeps it; one that was met as often as it is worth is not tried again."""
    tried = error.tries is not None and times >= error.tries
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
    if isinstance(error, DBAPIError | ConnectionError) and is_away(error):
        return as_told(DatabaseUnavailable())
    kind = type(error).__name__
    log.error("%s in step %s at %s", kind, activity.info().activity_type, places(error))
    return ApplicationError("Something unforeseen happened; the worker's log tells where. Retry the lesson.", type=kind)


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeat from half a second on until the block is left; this is also how a cancellation arrives."""

    async def beat() -> None:
        await asyncio.sleep(FIRST)
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
