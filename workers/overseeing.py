"""What is asked of Temporal beside the work itself: that it reconciles, and whether a classroom is being watched."""

from contextlib import suppress

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    WorkflowExecutionStatus,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from lessons.messages import Session
from workflows.asking import LESSONS
from workflows.reconcile import EVERY, SCHEDULE, ReconcileWorkflow
from workflows.record_lesson import RecordLessonWorkflow, record_id_of
from workflows.showing import room_options


async def reconcile_regularly(client: Client) -> None:
    """Have Temporal reconcile, one round after the other; where it does so already, it goes on as it is."""
    action = ScheduleActionStartWorkflow(ReconcileWorkflow.run, id="reconcile", task_queue=LESSONS.name)
    every = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)])
    schedule = Schedule(action, every, policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP))
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(SCHEDULE, schedule)


async def watch(client: Client, session: Session) -> None:
    """Have a classroom watched that never was."""
    with suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(
            RecordLessonWorkflow.run,
            session,
            **room_options(session),
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )


async def is_watched(client: Client, booking_id: str) -> bool:
    """Whether a booking's classroom is being watched now."""
    try:
        found = await client.get_workflow_handle(record_id_of(booking_id)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return found.status is WorkflowExecutionStatus.RUNNING
