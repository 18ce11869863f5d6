"""A lesson while it is held: its classroom is watched, and recorded by consent."""

from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from lessons.messages import Session
from workflows.asking import CAPTURE, ask
from workflows.steps import CaptureSteps

LOOK = "look"
"""The signal that somebody may enter."""

SKEW = timedelta(seconds=5)
"""By so much the clocks of Temporal and of a worker may differ."""


@workflow.defn
class RecordLessonWorkflow:
    """It ends by telling the inbox that the lesson is over, whatever became of the recording."""

    def __init__(self) -> None:
        self.entered_at = datetime.min.replace(tzinfo=UTC)

    @workflow.signal(name=LOOK)
    def look(self) -> None:
        """Somebody may enter."""
        self.entered_at = workflow.now()

    @workflow.run
    async def run(self, session: Session) -> None:
        """Who enters when the lesson seems over begins another session of it."""
        over_at = workflow.now()
        try:
            over_at = (await ask(CAPTURE, CaptureSteps.watch, session)).over_at
        except ActivityError as failed:
            if is_cancelled_exception(failed):
                raise
        await ask(CAPTURE, CaptureSteps.deliver, session)
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self.entered_at > over_at - SKEW:
            workflow.continue_as_new(session)
