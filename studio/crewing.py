"""Puts the workers together as the settings say."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client

from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.notifications import Notifications
from activities.recordings import Recordings
from activities.speech import Speech
from db.session import Sessions
from lessons.drills import as_fix, as_gap_fill
from providers.ffmpeg import FfmpegClipCutter
from providers.media import PyAvMediaReader
from studio.settings import Settings
from studio.wiring import (
    analyst,
    bucket,
    database,
    embedder,
    ffmpeg_of,
    mailer_of,
    public_url,
    temporal_client,
    transcriber,
)
from workers.relay import Relay
from workers.roster import Post, Staff, roster


@asynccontextmanager
async def crew(settings: Settings, queues: set[str]) -> AsyncIterator[tuple[Client, list[Post], Relay]]:
    """The posts of these queues with all who answer on them, and the relay."""
    async with database(settings) as sessions:
        client = await temporal_client(settings.temporal)
        posts = roster(staff(settings, sessions))
        lessons_at = f"{public_url(settings)}/api/lessons"
        relay = Relay(sessions, client, lessons_at, settings.database.plain_url)
        yield client, [post for name, post in posts.items() if name in queues], relay


def staff(settings: Settings, sessions: Sessions) -> Staff:
    """Everyone who answers a step."""
    scratch = own_scratch(settings.home / "scratch")
    store = bucket(settings, "recordings")
    mailer = mailer_of(settings.mail)
    rendered = as_fix if settings.fix_drills_as == "fix" else as_gap_fill
    return Staff(
        Recordings(sessions, store, PyAvMediaReader(), scratch),
        Speech(sessions, store, transcriber(settings)),
        Insights(sessions, store, analyst(settings.language), rendered),
        Clips(sessions, store, FfmpegClipCutter(ffmpeg_of(settings)), scratch),
        Knowledge(sessions, embedder(settings.embeddings)),
        Notifications(sessions, mailer, mailer.sender.rpartition("@")[2].rstrip("> ")),
    )


def own_scratch(folder: Path) -> Path:
    """A folder for this process; what killed ones left is removed."""
    for left in folder.glob("[0-9]*"):
        if not Path("/proc", left.name).exists():
            shutil.rmtree(left, ignore_errors=True)
    own = folder / str(os.getpid())
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    return own
