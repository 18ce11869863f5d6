import asyncio
import logging
import signal
from contextlib import suppress
from typing import Annotated

import typer

from studio.configuration import read_settings, required
from studio.crewing import crew
from studio.locating import located
from studio.logs import log_json
from studio.settings import Settings
from studio.trouble import Trouble
from workers.connecting import NotReady
from workers.run import work
from workflows.asking import AI, LESSONS, MEDIA

QUEUES = (LESSONS.name, AI.name, MEDIA.name)

log = logging.getLogger("studio.worker")


def worker(
    queues: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(QUEUES)}; all if none is named.")] = None,
) -> None:
    """Work on lessons until stopped; who works on `lessons` also relays the inbox."""
    chosen = set(queues or QUEUES)
    if unknown := sorted(chosen - set(QUEUES)):
        raise Trouble(f"There is no queue {unknown[0]}: name some of {', '.join(QUEUES)}.")
    settings = located(read_settings())
    required(settings)
    log_json()
    try:
        asyncio.run(work_until_stopped(settings, chosen))
    except NotReady as reason:
        raise Trouble(str(reason)) from None


async def work_until_stopped(settings: Settings, queues: set[str]) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    async with crew(settings, queues) as (client, posts, relay):
        saying = asyncio.create_task(say_when(ready))
        relaying = asyncio.create_task(relay.run() if LESSONS.name in queues else stop.wait())
        relaying.add_done_callback(lambda _: stop.set())
        await work(client, posts, ready, stop)
        saying.cancel()
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying


async def say_when(ready: asyncio.Event) -> None:
    await ready.wait()
    log.info("worker ready")
