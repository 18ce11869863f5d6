"""Runs workers until they are told to stop; what they work on goes on elsewhere."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, TLSConfig
from temporalio.worker import Interceptor, Worker

from workers.answering import Answering
from workers.roster import Post
from workflows.showing import SEARCH_ATTRIBUTES


class NotReady(Exception):
    """A worker cannot start; the text says what to do."""


async def connect(
    address: str,
    namespace: str = "default",
    api_key: str | None = None,
    tls: TLSConfig | None = None,
    lazy: bool = False,
) -> Client:
    """A client of the Temporal cluster; a lazy one connects when first used.

    Raises NotReady where the cluster cannot be reached.
    """
    try:
        return await Client.connect(
            address,
            namespace=namespace,
            api_key=api_key,
            tls=tls or api_key is not None,
            lazy=lazy,
            data_converter=pydantic_data_converter,
        )
    except (RPCError, RuntimeError):
        raise NotReady(
            f"Temporal does not answer at {address}. Start it, or correct STUDIO_TEMPORAL__ADDRESS."
        ) from None


async def check_search_attributes(client: Client) -> None:
    """Refuse to start where lessons would hang: an unknown attribute stops every workflow task."""
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in known.custom_attributes]
    if missing:
        flags = " ".join(f"--name {name} --type Keyword" for name in missing)
        raise NotReady(
            f"Temporal does not know {', '.join(missing)}. Run: temporal operator search-attribute create {flags}"
        )


def worker(client: Client, post: Post, interceptors: Sequence[Interceptor] = ()) -> Worker:
    """A worker for one queue; further interceptors stand around our own."""
    return Worker(
        client,
        task_queue=post.queue.name,
        workflows=post.workflows,
        activities=post.steps,
        interceptors=[*interceptors, Answering()],
        max_concurrent_activities=post.at_once,
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
        ready.set()
        await stop.wait()
