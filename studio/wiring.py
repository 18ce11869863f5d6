"""Chooses the parts that the settings name; a vendor that is not chosen is not imported."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import assert_never

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.service import TLSConfig

from db.session import Sessions, open_engine, open_sessions
from lessons.ports import Analyst, Embedder, Transcriber
from providers.disk import DiskFileStore
from providers.smtp import SmtpMailer
from studio.locating import reachable
from studio.settings import Disk, Inbox, LocalEmbeddings, LocalSpeech, Rules, Settings, Smtp, Temporal
from studio.trouble import Trouble
from workers.connecting import connect

BUCKETS = {"recordings": False, "marketing-clips": True}
"""Every bucket, and whether it is public."""


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
    """The program that cuts clips: the one named, else the packaged one; raises Trouble where there is none."""
    program = ffmpeg_program(settings)
    if program is None:
        raise Trouble("There is no ffmpeg: set STUDIO_MEDIA__FFMPEG to an ffmpeg 5 or newer.")
    return program


def ffmpeg_program(settings: Settings) -> Path | None:
    """The chosen ffmpeg, or the packaged one where it is installed."""
    wheel = importlib.util.find_spec("imageio_ffmpeg")
    places = wheel.submodule_search_locations if wheel and not settings.media.ffmpeg else None
    packaged = next(Path(places[0], "binaries").glob("ffmpeg-*"), None) if places else None
    return settings.media.ffmpeg or packaged


def public_url(settings: Settings) -> str:
    return settings.api.public_url or f"http://{reachable(settings.api.host)}:{settings.api.port or 8000}"
