import asyncio
import logging
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from studio.configuration import read_settings, required
from studio.crewing import crew
from studio.locating import located
from studio.logs import log_json
from studio.settings import Settings
from studio.trouble import Trouble
from workers.connecting import NotReady
from workers.run import work
from workflows.asking import AI, CAPTURE, LESSONS, MEDIA

QUEUES = (LESSONS.name, AI.name, MEDIA.name, CAPTURE.name)
PULSE = 10.0

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
    if chosen == {CAPTURE.name} and settings.livekit.url is None:
        raise Trouble("There are no classrooms to watch: set STUDIO_LIVEKIT__URL, or let `studio up` run everything.")
    log_json()
    try:
        asyncio.run(work_until_stopped(settings, chosen))
    except NotReady as reason:
        raise Trouble(str(reason)) from None


async def work_until_stopped(settings: Settings, queues: set[str]) -> None:
    ready, stop = asyncio.Event(), asyncio.Event()
    async with crew(settings, queues) as (client, posts, relay):
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
        saying = asyncio.create_task(say_when(ready, client, settings.home / "worker.alive"))
        relaying = asyncio.create_task(relay.run() if LESSONS.name in queues else stop.wait())
        relaying.add_done_callback(lambda _: stop.set())
        await work(client, posts, ready, stop)
        saying.cancel()
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying


async def say_when(ready: asyncio.Event, client: Client, alive: Path, pulse: float = PULSE) -> None:
    """Say once that the worker is ready, then touch the file `alive` at every pulse at which Temporal answers."""
    await asyncio.to_thread(alive.unlink, missing_ok=True)
    await ready.wait()
    log.info("worker ready")
    while True:
        with suppress(RPCError, OSError):
            await client.service_client.check_health(timeout=timedelta(seconds=pulse))
            await asyncio.to_thread(alive.touch)
        await asyncio.sleep(pulse)
