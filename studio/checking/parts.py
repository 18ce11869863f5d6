"""Whether the parts of a studio answer, and are what a lesson needs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from db import inbox
from db.revisions import is_migrated
from studio.checking.finding import Finding, fine, off, wrong
from studio.children import answers
from studio.running import Running
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import temporal_client
from workers.connecting import NotReady, check_search_attributes
from workflows.asking import AI, CAPTURE, LESSONS, MEDIA

FILTERS = ("ass", "drawtext", "loudnorm")
ENCODERS = ("libx264", "aac", "libopus")
PATIENCE = 5.0
LONG = timedelta(minutes=1)
STARTS = "starts with `studio up`"


async def database(settings: Settings) -> list[Finding]:
    """Whether the database answers, has our tables and vectors, and what its inbox holds."""
    if settings.database.url is None:
        return [off("database", STARTS)]
    engine = create_async_engine(settings.database.sqlalchemy_url, connect_args={"timeout": PATIENCE})
    try:
        return [one async for one in tables(engine)]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
        said = f"{settings.database.safe_url} does not answer ({type(error).__name__})"
        return [wrong("database", said, "Start it, or correct STUDIO_DATABASE__URL.")]
    finally:
        await engine.dispose()


async def tables(engine: AsyncEngine) -> AsyncIterator[Finding]:
    async with engine.connect() as connection:
        version = await connection.scalar(text("SHOW server_version"))
        vector = await connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
        migrated = await is_migrated(lambda statement: connection.scalar(text(statement)))
    yield fine("database", f"Postgres {version}")
    if not migrated:
        yield wrong("tables", "not at the newest revision", "Run `studio migrate`.")
        return
    yield fine("tables", "at the newest revision")
    yield (
        fine("pgvector", str(vector))
        if vector
        else wrong(
            "pgvector",
            "not installed in the database",
            "Run CREATE EXTENSION vector as its owner, then `studio migrate`.",
        )
    )
    async with AsyncSession(engine) as session:
        aside, waiting = await inbox.set_aside_count(session), await inbox.waiting_count(session)
        yield inbox_of(aside, waiting, await inbox.longest_wait(session) or timedelta())


def inbox_of(aside: Mapping[str, int], waiting: int, longest: timedelta) -> Finding:
    """What the inbox holds: events that wait, and for how long, and those that were set aside.

    Events of a room that is nobody's booking are no fault of ours.
    """
    waits = f"{waiting} waiting" + (f", the oldest for {longest.total_seconds():.0f} s" if waiting else "")
    reasons = "".join(f"; {count} set aside: {reason}" for reason, count in aside.items())
    if aside.keys() - {inbox.UNKNOWN_BOOKING}:
        return wrong("inbox", waits + reasons, "Correct what the reasons say, then run `studio release --all`.")
    if longest > LONG:
        return wrong("inbox", waits, "See that Temporal answers and run `studio worker lessons`, which relays them.")
    return fine("inbox", waits + reasons)


async def temporal(settings: Settings) -> list[Finding]:
    """Whether the cluster answers, knows our search attributes, and has workers on every queue."""
    chosen = settings.temporal
    if chosen.address is None:
        return [off("temporal", STARTS)]
    try:
        async with asyncio.timeout(PATIENCE):
            client = await temporal_client(chosen)
            await check_search_attributes(client)
            workers = await hands(client, rooms=settings.livekit.url is not None)
    except (NotReady, Trouble, TimeoutError) as error:
        fix = str(error) or "See that the cluster is healthy."
        return [wrong("temporal", f"{chosen.address} is not ready", fix)]
    return [fine("temporal", f"{chosen.address} knows our search attributes"), workers]


async def hands(client: Client, rooms: bool) -> Finding:
    """Whether somebody works on every queue; classrooms are watched only where there are `rooms`."""
    queues = (LESSONS, AI, MEDIA, *((CAPTURE,) if rooms else ()))
    idle = [queue.name for queue in queues if not await has_worker(client, queue.name)]
    if idle:
        return wrong("workers", f"none on: {', '.join(idle)}", f"Run `studio worker {' '.join(idle)}`.")
    return fine("workers", "on every queue")


async def has_worker(client: Client, queue: str) -> bool:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    return bool((await client.workflow_service.describe_task_queue(asked)).pollers)


async def api(running: Running | None) -> Finding:
    if not running:
        return off("api", STARTS)
    place = urlsplit(running.api)
    if await answers(place.hostname or "", place.port or 0):
        return fine("api", f"{running.api} answers")
    return wrong("api", f"{running.api} does not answer", f"See {running.home}/logs/api.log.")


async def ffmpeg(program: Path | None) -> Finding:
    """Whether ffmpeg runs, and can do all that a clip asks of it."""
    fix = "Set STUDIO_MEDIA__FFMPEG to an ffmpeg 5 or newer built with libx264, libass and libopus, or leave it out."
    if program is None:
        return wrong("ffmpeg", "not found", fix)
    try:
        able = await said_by(program, "-filters") + await said_by(program, "-encoders")
    except OSError:
        return wrong("ffmpeg", f"{program} cannot be run", fix)
    missing = [one for one in (*FILTERS, *ENCODERS) if f" {one} " not in able]
    if missing:
        return wrong("ffmpeg", f"{program} lacks {', '.join(missing)}", fix)
    return fine("ffmpeg", str(program))


async def said_by(program: Path, option: str) -> str:
    asked = await asyncio.create_subprocess_exec(
        *(program, "-hide_banner", option),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await asked.communicate()
    return said.decode(errors="replace")
