"""What is asked of Temporal beside the work itself: that it reconciles, and whether a classroom is being watched."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import PendingActivityState, PendingWorkflowTaskState
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from lessons.messages import Session
from lessons.watching import SILENT
from workflows.asking import LESSONS
from workflows.reconcile import EVERY, SCHEDULE, ReconcileWorkflow
from workflows.record_lesson import RecordLessonWorkflow
from workflows.showing import record_id_of, room_options


async def reconcile_regularly(client: Client) -> None:
    """Have Temporal reconcile, one round after the other; where it does so already, it goes on as it is."""
    action = ScheduleActionStartWorkflow(ReconcileWorkflow.run, id="reconcile", task_queue=LESSONS.name)
    every = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)])
    schedule = Schedule(action, every, policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP))
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(SCHEDULE, schedule)


async def watch(client: Client, session: Session, since: datetime) -> bool:
    """Have a classroom watched, unless its last watch ended after `since`; answer whether it is watched now."""
    last = await last_watch(client, session.booking_id)
    if last and (last.close_time is None or last.close_time >= since):
        return last.close_time is None
    with suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(RecordLessonWorkflow.run, session, **room_options(session))
    return True


async def is_watched(client: Client, booking_id: str, silent: timedelta = SILENT) -> bool:
    """Whether a booking's classroom is being watched now, and no worker has been missing for so long."""
    last = await last_watch(client, booking_id)
    if last is None or last.status is not WorkflowExecutionStatus.RUNNING:
        return False
    return not any(at < datetime.now(UTC) - silent for at in waiting_since(last))


async def last_watch(client: Client, booking_id: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(record_id_of(booking_id)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


def waiting_since(found: WorkflowExecutionDescription) -> Iterator[datetime]:
    """Since when each thing that a workflow has to do waits for a worker."""
    raw = found.raw_description
    if raw.pending_workflow_task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED:
        yield raw.pending_workflow_task.original_scheduled_time.ToDatetime(UTC)
    for one in raw.pending_activities:
        if one.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED:
            yield one.scheduled_time.ToDatetime(UTC)
