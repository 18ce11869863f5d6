"""Puts the workers together as the settings say."""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from activities.capture import Capture
from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.ledger import Ledgers
from activities.notifications import Notifications
from activities.reconciling import Reconciling
from activities.recordings import Recordings
from activities.speech import Speech
from db.changes import Changes
from db.classrooms import CHANNEL
from db.revisions import is_migrated
from db.session import Sessions
from lessons.addresses import plain_address_in
from lessons.drills import as_fix, as_gap_fill
from lessons.ports import Recorder, Rooms
from providers.ffmpeg import FfmpegClipCutter
from providers.media import PyAvMediaReader
from studio.checking.storage import refuse_bad_buckets
from studio.inviting import hours_of
from studio.locating import public_url
from studio.settings import Settings, Temporal
from studio.wiring import (
    analyst,
    bucket,
    calling_back,
    database,
    embedder,
    ffmpeg_of,
    livekit_rooms,
    mailer_of,
    opt_out_links,
    prices,
    recorder,
    temporal_client,
    transcriber,
)
from workers.connecting import NotReady, check_search_attributes
from workers.overseeing import is_watched, watch
from workers.relay import Relay
from workers.roster import Pace, Post, Staff, roster
from workflows.asking import CAPTURE

log = logging.getLogger("studio.worker")

PATIENCE = 60.0
LOOK_AGAIN = 0.1


@asynccontextmanager
async def crew(settings: Settings, queues: set[str]) -> AsyncIterator[tuple[Client, list[Post], Relay]]:
    """The posts of these queues with all who answer on them, and the relay."""
    await refuse_bad_buckets(settings)
    async with database(settings) as sessions, recorder(settings) as recording, livekit_rooms(settings) as rooms:
        client = await found(settings.temporal)
        await until_migrated(sessions)
        async with watching(settings, sessions, rooms, recording if CAPTURE.name in queues else None) as capture:
            staffed = staff(settings, sessions, client, rooms, recording, capture)
            posts = roster(staffed, Pace(**settings.workers.model_dump()))
            lessons_at = f"{public_url(settings)}/api/lessons"
            relay = Relay(sessions, client, lessons_at, settings.database.plain_url, hours_of(settings.classroom))
            yield client, [post for name, post in posts.items() if name in queues], relay


@asynccontextmanager
async def watching(
    settings: Settings, sessions: Sessions, rooms: Rooms, recording: Recorder | None
) -> AsyncIterator[Capture | None]:
    """Whoever watches classrooms and hears at once what happens there; nobody where nothing is to be recorded."""
    if recording is None:
        yield None
        return
    changes = Changes(settings.database.plain_url, CHANNEL)
    listening = asyncio.create_task(changes.listen())
    try:
        yield Capture(sessions, rooms, recording, changes)
    finally:
        listening.cancel()


async def found(chosen: Temporal, patience: float = PATIENCE) -> Client:
    """Temporal, which a worker may be started before; raises NotReady where it does not come soon."""
    until = time.monotonic() + patience
    while True:
        try:
            client = await temporal_client(chosen)
            await check_search_attributes(client)
            return client
        except NotReady:
            if time.monotonic() > until:
                raise
        await asyncio.sleep(LOOK_AGAIN)


async def until_migrated(sessions: Sessions) -> None:
    """Wait for a database at the newest revision; what is older would fail every step."""
    waited = False
    while not await stands(sessions):
        if not waited:
            log.warning("The database is not there yet, or older than this worker: run `studio migrate`.")
        waited = True
        await asyncio.sleep(LOOK_AGAIN)


async def stands(sessions: Sessions) -> bool:
    try:
        async with sessions() as session:
            return await is_migrated(lambda statement: session.scalar(text(statement)))
    except (OSError, SQLAlchemyError):
        return False


def staff(
    settings: Settings,
    sessions: Sessions,
    client: Client,
    rooms: Rooms,
    recording: Recorder | None,
    capture: Capture | None,
) -> Staff:
    """Everyone who answers a step."""
    watched = partial(is_watched, client)
    scratch = own_scratch(settings.home / "scratch")
    store = bucket(settings, "recordings")
    ledgers = Ledgers(sessions, store, scratch, prices(settings))
    listener, callbacks_at = transcriber(settings), f"{public_url(settings)}/api/webhooks/deepgram"
    calls_back = calling_back(settings, listener)
    mailer = mailer_of(settings.mail)
    rendered = as_fix if settings.fix_drills_as == "fix" else as_gap_fill
    return Staff(
        Recordings(sessions, store, PyAvMediaReader(), scratch, calls_back is not None, recording, watched),
        Speech(sessions, store, listener, ledgers, calls_back, callbacks_at),
        Insights(sessions, store, analyst(settings.language), ledgers, rendered),
        Clips(sessions, store, FfmpegClipCutter(ffmpeg_of(settings)), scratch),
        Knowledge(sessions, embedder(settings.embeddings), ledgers),
        Notifications(sessions, mailer, plain_address_in(mailer.sender).rpartition("@")[2], opt_out_links(settings)),
        Reconciling(sessions, recording, watched, partial(watch, client), hours_of(settings.classroom), rooms.people),
        capture,
    )


def own_scratch(folder: Path) -> Path:
    """A folder for this process; what killed ones left is removed."""
    for left in folder.glob("[0-9]*"):
        if not Path("/proc", left.name).exists():
            shutil.rmtree(left, ignore_errors=True)
    own = folder / str(os.getpid())
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    return own
