"""Puts the parts together as the settings say; a vendor that is not chosen is not imported."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import assert_never

from providers.ffmpeg import FfmpegClipCutter
from pydantic import SecretStr
from starlette.applications import Starlette
from temporalio.client import Client
from temporalio.service import TLSConfig

from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.notifications import Notifications
from activities.recordings import Recordings
from activities.speech import Speech
from api.app import create_app
from api.changes import Changes
from api.grouping import GroupedInbox
from api.livekit_keys import LiveKitKeys
from api.services import Services
from api.user_tokens import UserTokens, tokens_by_jwks, tokens_by_secret
from db.session import Sessions, open_engine, open_sessions
from lessons.drills import as_fix, as_gap_fill
from lessons.ports import Analyst, Embedder, Transcriber
from providers.disk import DiskFileStore
from providers.media import PyAvMediaReader
from providers.smtp import SmtpMailer
from studio.locating import reachable
from studio.migrating import is_migrated
from studio.settings import Disk, Inbox, LocalEmbeddings, LocalSpeech, Rules, Settings, Smtp, Temporal
from studio.trouble import Trouble
from workers.relay import Relay
from workers.roster import Post, Staff, roster
from workers.run import connect

BUCKETS = {"recordings": False, "marketing-clips": True}
"""Every bucket, and whether it is public."""


@asynccontextmanager
async def front(settings: Settings) -> AsyncIterator[Starlette]:
    """The web front, with all it is given; it also starts where Temporal is down."""
    async with database(settings) as sessions:
        client = await temporal_client(settings.temporal, lazy=True)
        buckets = {name: bucket(settings, name) for name in BUCKETS}
        yield create_app(
            Services(
                sessions=sessions,
                is_migrated=is_migrated,
                inbox=GroupedInbox(sessions),
                changes=Changes(settings.database.plain_url),
                livekit=LiveKitKeys(livekit_secrets(settings)),
                users=user_tokens(settings),
                recordings=buckets["recordings"],
                buckets=buckets,
                temporal=client,
                temporal_workflows=workflows_at(settings.temporal),
                public_url=public_url(settings),
                mailbox=settings.home / "inbox" if isinstance(settings.mail, Inbox) else None,
            )
        )


@asynccontextmanager
async def crew(settings: Settings, queues: set[str]) -> AsyncIterator[tuple[Client, list[Post], Relay]]:
    """The posts of these queues with all who answer on them, and the relay."""
    async with database(settings) as sessions:
        client = await temporal_client(settings.temporal)
        posts = roster(staff(settings, sessions))
        lessons_at = f"{public_url(settings)}/api/lessons"
        relay = Relay(sessions, client, lessons_at, settings.database.plain_url)
        yield client, [post for name, post in posts.items() if name in queues], relay


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Sessions]:
    engine = open_engine(settings.database.sqlalchemy_url)
    try:
        yield open_sessions(engine)
    finally:
        await engine.dispose()


async def temporal_client(chosen: Temporal, lazy: bool = False) -> Client:
    key = chosen.api_key.get_secret_value() if chosen.api_key else None
    return await connect(chosen.address or "", chosen.namespace, key, tls_of(chosen), lazy)


def tls_of(chosen: Temporal) -> TLSConfig | None:
    if chosen.tls_cert is None or chosen.tls_key is None:
        return None
    try:
        certificate, key = chosen.tls_cert.read_bytes(), chosen.tls_key.read_bytes()
    except OSError as error:
        raise Trouble(f"STUDIO_TEMPORAL__TLS_CERT or __TLS_KEY cannot be read: {error.strerror}.") from None
    return TLSConfig(client_cert=certificate, client_private_key=key)


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


def bucket(settings: Settings, name: str) -> DiskFileStore:
    match settings.storage:
        case Disk(secret_key=SecretStr() as secret):
            home = settings.home / "files"
            return DiskFileStore(home, name, public_url(settings), secret.get_secret_value(), BUCKETS[name])
        case Disk():
            raise Trouble("STUDIO_STORAGE__SECRET_KEY is missing: set it, or let `studio up` run everything.")
        case other:
            assert_never(other)


def transcriber(settings: Settings) -> Transcriber:
    match settings.speech:
        case LocalSpeech():
            from providers.whisper import WhisperTranscriber

            return WhisperTranscriber(settings.home / "models")
        case other:
            assert_never(other)


def analyst(chosen: Rules) -> Analyst:
    match chosen:
        case Rules():
            from providers.rules import RulesAnalyst

            return RulesAnalyst()
        case other:
            assert_never(other)


def embedder(chosen: LocalEmbeddings) -> Embedder:
    match chosen:
        case LocalEmbeddings():
            from providers.e5 import E5Embedder

            return E5Embedder()
        case other:
            assert_never(other)


def mailer_of(chosen: Inbox | Smtp) -> SmtpMailer:
    match chosen:
        case Inbox():
            return SmtpMailer(chosen.host, chosen.port or 0, chosen.sender, tls="none")
        case Smtp():
            password = chosen.password.get_secret_value()
            return SmtpMailer(chosen.host, chosen.port, chosen.sender, chosen.username, password, chosen.tls)
        case other:
            assert_never(other)


def ffmpeg_of(settings: Settings) -> Path:
    """The program that cuts clips: the one named, else the packaged one."""
    if settings.media.ffmpeg:
        return settings.media.ffmpeg
    from imageio_ffmpeg import get_ffmpeg_exe

    return Path(get_ffmpeg_exe())


def livekit_secrets(settings: Settings) -> dict[str, str]:
    """Every key that may sign a webhook; older ones while they are rotated."""
    chosen = settings.livekit
    older = {name: secret.get_secret_value() for name, secret in chosen.older_keys.items()}
    return older | {chosen.api_key: chosen.api_secret.get_secret_value() if chosen.api_secret else ""}


def user_tokens(settings: Settings) -> UserTokens:
    auth = settings.auth
    if auth.jwks_url:
        return tokens_by_jwks(auth.jwks_url, auth.audience, auth.issuer)
    secret = auth.jwt_secret.get_secret_value() if auth.jwt_secret else ""
    return tokens_by_secret(secret, auth.audience, auth.issuer)


def public_url(settings: Settings) -> str:
    return settings.api.public_url or f"http://{reachable(settings.api.host)}:{settings.api.port or 8000}"


def workflows_at(chosen: Temporal) -> str | None:
    """Where the Web UI shows a workflow by its id."""
    return f"{chosen.ui_url}/namespaces/{chosen.namespace}/workflows" if chosen.ui_url else None
