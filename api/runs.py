"""What can be done about a lesson's run in Temporal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.problems import Problem
from db import inbox, lessons, stages
from db.models import LessonState
from db.people import Booked
from lessons.capture import EventKind, RoomEvent
from lessons.messages import Lesson, LessonStatus, Stage, StageStatus
from workflows.process_lesson import ASKED_FOR, ProcessLessonWorkflow
from workflows.showing import start_options

PATIENCE = timedelta(seconds=5)


async def retry_lesson(
    client: Client, state: LessonState, booked: Booked, stage: Stage | None, link: str, recorded: bool
) -> None:
    """Let a waiting run go on, or begin a new one where it has ended; raises Problem where it is on its way.

    A lesson that is not `recorded` yet waits for its recording as long as any other.
    """
    async with reaching_temporal():
        status = await status_of(client, state)
        if status is WorkflowExecutionStatus.RUNNING and state.status == LessonStatus.COMPLETED:
            raise Problem("being_announced", headers={"retry-after": "2"})
        if status is WorkflowExecutionStatus.RUNNING:
            handle = client.get_workflow_handle(state.workflow_id)
            await handle.execute_update(ProcessLessonWorkflow.retry, stage, rpc_timeout=PATIENCE)
        else:
            await begin_again(client, again(state, booked, stage, link), booked.tier, recorded)


async def cancel_unbegun(session: AsyncSession, state: LessonState) -> bool:
    """Cancel a lesson whose events have not reached Temporal, which they then never do; false for any other."""
    if state.status != LessonStatus.PROCESSING or not await inbox.withhold(session, state.booking_id):
        return False
    running = await stages.running_stages(session, state.id)
    await lessons.mark_cancelled(session, state.id)
    await stages.end(session, state.id, running, StageStatus.CANCELLED)
    return True


async def cancel_lesson(client: Client, state: LessonState) -> None:
    """Ask a lesson's run to stop; a completed lesson is left alone, and people are told of it.

    Raises Problem, also where there is no run yet.
    """
    if state.status == LessonStatus.COMPLETED:
        return
    async with reaching_temporal():
        if await status_of(client, state) is WorkflowExecutionStatus.RUNNING:
            await client.get_workflow_handle(state.workflow_id).cancel(rpc_timeout=PATIENCE)


async def status_of(client: Client, state: LessonState) -> WorkflowExecutionStatus | None:
    """How the newest run is doing, None where Temporal has forgotten it; raises Problem where it has not begun."""
    try:
        return (await client.get_workflow_handle(state.workflow_id).describe(rpc_timeout=PATIENCE)).status
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        if state.status == LessonStatus.PROCESSING:
            raise Problem("not_begun") from None
        return None
    except RuntimeError:
        raise Problem("temporal_unavailable") from None


async def begin_again(client: Client, lesson: Lesson, tier: str, recorded: bool) -> None:
    """Start a new run, the only one; it is told at once where the inbox has a recording already."""
    kind = EventKind.RECORDING_READY if recorded else EventKind.ROOM_FINISHED
    begun = await client.start_workflow(
        ProcessLessonWorkflow.run,
        lesson,
        **start_options(lesson, tier),
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        rpc_timeout=PATIENCE,
    )
    if lesson.from_stage is Stage.CAPTURE:
        event = RoomEvent(f"{ASKED_FOR}{uuid4()}", kind, lesson.booking_id)
        await begun.signal(ProcessLessonWorkflow.room_event, event, rpc_timeout=PATIENCE)


def again(state: LessonState, booked: Booked, stage: Stage | None, link: str) -> Lesson:
    """The lesson from a stage on that its last run came to; by default from where that run stopped."""
    begin = stage or first_missing(state)
    if begin.order > furthest(state).order:
        raise Problem("bad_stage")
    people = state.tutor_id, state.student_id
    return Lesson(state.booking_id, state.id, *people, booked.ends_at, link, begin, state.seconds or 0.0)


def first_missing(state: LessonState) -> Stage:
    missing = [Stage(failure["stage"]) for failure in state.degraded]
    beginning = Stage.CAPTURE if state.status == LessonStatus.COMPLETED else furthest(state)
    return min(missing, key=lambda stage: stage.order, default=beginning)


def furthest(state: LessonState) -> Stage:
    if state.status == LessonStatus.COMPLETED:
        return Stage.CAPTURE if state.nothing else Stage.NOTIFY
    return Stage(state.error_stage or state.stage)


@asynccontextmanager
async def reaching_temporal() -> AsyncIterator[None]:
    """Tell what Temporal answers as a Problem."""
    try:
        yield
    except WorkflowUpdateFailedError as refused:
        cause = refused.cause
        too_far = isinstance(cause, ApplicationError) and cause.type == "bad_stage"
        raise Problem("bad_stage" if too_far else "not_failed") from None
    except WorkflowAlreadyStartedError:
        raise Problem("not_failed") from None
    except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise Problem("temporal_unavailable") from None
