"""Every two minutes: what was never told of lessons that are over."""

from datetime import timedelta

from temporalio import workflow

from workflows.asking import LESSONS, ask
from workflows.steps import ReconcilingSteps

EVERY = timedelta(minutes=2)
SCHEDULE = "studio-reconcile"


@workflow.defn
class ReconcileWorkflow:
    @workflow.run
    async def run(self) -> int:
        return await ask(LESSONS, ReconcilingSteps.reconcile)
