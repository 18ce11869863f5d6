"""Around the work of a stage: it is shown as running, and how far it is."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

from db.lessons import mark_processing
from db.session import Sessions, at_once
from db.stages import Begun, advance_stage, begin_stage
from lessons.consent import ANALYSING
from lessons.errors import ConsentWithdrawn
from lessons.messages import Lesson, LessonStatus, Stage
from lessons.ports import Progress

OFTEN_ENOUGH = 2.0


@asynccontextmanager
async def working(sessions: Sessions, lesson: Lesson, stage: Stage) -> AsyncIterator[Progress]:
    """Show the stage as running, in a transaction of its own; what it yields shows progress, every 2 s at most.

    The end of the stage is written by the caller, together with its results. Raises ConsentWithdrawn.
    """
    begun = await show_begun(sessions, lesson, stage)
    if stage in ANALYSING and not (begun and begun.may_analyse):
        raise ConsentWithdrawn
    shown = float("-inf")

    async def progress(share: float) -> None:
        nonlocal shown
        activity.heartbeat(round(share, 3))
        if time.monotonic() - shown > OFTEN_ENOUGH:
            shown = time.monotonic()
            async with at_once(sessions) as session:
                await advance_stage(session, lesson.lesson_id, stage, share)

    yield progress


async def show_begun(sessions: Sessions, lesson: Lesson, stage: Stage) -> Begun | None:
    """Show the stage as running, and with it a lesson that had ended as on its way again.

    A lesson that is being announced has been completed and stays so.
    """
    attempt = activity.info().attempt
    within = tuple(LessonStatus) if stage is Stage.NOTIFY else (LessonStatus.PROCESSING,)
    async with at_once(sessions) as session:
        begun = await begin_stage(session, lesson.lesson_id, stage, attempt, within)
    if not begun:
        async with sessions.begin() as session:
            await mark_processing(session, lesson)
            begun = await begin_stage(session, lesson.lesson_id, stage, attempt)
    return begun


def this_step() -> str:
    """What a step is known by, at each of its tries; one that is asked for again is another."""
    asked = activity.info()
    return f"{asked.workflow_run_id}/{asked.activity_id}"
