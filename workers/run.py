"""Runs workers until they are told to stop; what they work on goes on elsewhere."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Interceptor, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workers.answering import Answering
from workers.connecting import check_search_attributes
from workers.overseeing import reconcile_regularly
from workers.roster import Post
from workflows.reconcile import ReconcileWorkflow

PURE = SandboxRestrictions.default.with_passthrough_modules(
    "lessons", "workflows.asking", "workflows.showing", "workflows.steps"
)
"""What holds no state and touches nothing outside is imported once, not anew for every lesson."""


def worker(client: Client, post: Post, interceptors: Sequence[Interceptor] = ()) -> Worker:
    """A worker for one queue; further interceptors stand around our own."""
    return Worker(
        client,
        task_queue=post.queue.name,
        workflows=post.workflows,
        workflow_runner=SandboxedWorkflowRunner(PURE),
        activities=post.steps,
        interceptors=[*interceptors, Answering()],
        max_concurrent_activities=post.at_once,
        max_task_queue_activities_per_second=post.per_second,
        max_concurrent_workflow_tasks=10,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        max_heartbeat_throttle_interval=timedelta(seconds=2),
        default_heartbeat_throttle_interval=timedelta(seconds=2),
        graceful_shutdown_timeout=timedelta(seconds=5),
    )


async def work(
    client: Client,
    posts: Iterable[Post],
    ready: asyncio.Event,
    stop: asyncio.Event,
    interceptors: Sequence[Interceptor] = (),
) -> None:
    """Answer on these queues until `stop` is set; then finish or hand back what runs."""
    await check_search_attributes(client)
    async with AsyncExitStack() as running:
        for post in posts:
            await running.enter_async_context(worker(client, post, interceptors))
            if ReconcileWorkflow in post.workflows:
                await reconcile_regularly(client)
        ready.set()
        await stop.wait()
