import asyncio
import logging
from enum import StrEnum
from typing import Annotated

import typer

from studio.configuration import read_settings, required
from studio.logs import log_json
from studio.settings import Settings
from studio.signals import run_until_stopped
from studio.trouble import Trouble
from studio.wiring import crew
from workers.run import NotReady, work

log = logging.getLogger("studio.worker")


class QueueName(StrEnum):
    LESSONS = "lessons"
    AI = "ai"
    MEDIA = "media"


def worker(
    queues: Annotated[
        list[QueueName] | None, typer.Argument(help="Which queues to work on; all if none is named.")
    ] = None,
) -> None:
    """Work on lessons until stopped; whoever works on `lessons` also relays the inbox to Temporal."""
    settings = read_settings()
    required(settings)
    log_json()
    run_until_stopped(answer(settings, {queue.value for queue in queues or QueueName}))


async def answer(settings: Settings, queues: set[str]) -> None:
    try:
        async with crew(settings, queues) as (client, posts, relay), asyncio.TaskGroup() as going:
            ready = asyncio.Event()
            going.create_task(work(client, posts, ready))
            if QueueName.LESSONS in queues:
                going.create_task(relay.run())
            await ready.wait()
            log.info("worker ready")
    except* NotReady as refused:
        raise Trouble(str(refused.exceptions[0])) from None
