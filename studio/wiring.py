"""Chooses the parts that the settings name; a vendor that is not chosen is not imported."""

import importlib.util
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.service import TLSConfig

from db.session import Sessions, open_engine, open_sessions
from lessons.calls import Price, price_list
from lessons.opt_out import OptOutLinks
from lessons.ports import Analyst, CallingBack, Embedder, FileStore, Recorder, Transcriber
from providers.disk import DiskFileStore
from providers.smtp import SmtpMailer
from studio.locating import public_url
from studio.reaching import delivery_of
from studio.settings import (
    S3,
    Deepgram,
    Disk,
    Inbox,
    LocalEmbeddings,
    LocalSpeech,
    OpenAI,
    OpenAIEmbeddings,
    Rules,
    Settings,
    Smtp,
    Temporal,
)
from studio.trouble import Trouble
from workers.connecting import connect

if TYPE_CHECKING:
    from livekit.api import S3Upload

    from providers.deepgram import DeepgramTranscriber
    from providers.livekit import LiveKitRooms
    from providers.openai_server import OpenAIServer

NO_LIVEKIT = "ws://127.0.0.1:7880"

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
    sealed = b64decode(chosen.payload_key.get_secret_value()) if chosen.payload_key else None
    return await connect(chosen.address or "", chosen.namespace, key, tls_of(chosen), lazy, sealed)


def tls_of(chosen: Temporal) -> TLSConfig | None:
    if chosen.tls_cert is None and chosen.tls_key is None:
        return None
    if chosen.tls_cert is None or chosen.tls_key is None:
        raise Trouble("STUDIO_TEMPORAL__TLS_CERT and STUDIO_TEMPORAL__TLS_KEY go together: set both or neither.")
    try:
        certificate, key = chosen.tls_cert.read_bytes(), chosen.tls_key.read_bytes()
    except OSError as error:
        raise Trouble(f"STUDIO_TEMPORAL__TLS_CERT or __TLS_KEY cannot be read: {error.strerror}.") from None
    return TLSConfig(client_cert=certificate, client_private_key=key)


def bucket(settings: Settings, name: str) -> FileStore:
    match settings.storage:
        case Disk(secret_key=SecretStr() as secret):
            home = settings.home / "files"
            return DiskFileStore(home, name, public_url(settings), secret.get_secret_value(), BUCKETS[name])
        case Disk():
            raise Trouble("STUDIO_STORAGE__SECRET_KEY is missing: set it, or let `studio up` run everything.")
        case S3() as s3:
            from providers.s3 import S3FileStore

            return S3FileStore(
                name,
                s3.endpoint,
                s3.access_key.get_secret_value(),
                s3.secret_key.get_secret_value(),
                region=s3.region,
                sign_endpoint=s3.sign_endpoint,
                public_url=s3.public_url if BUCKETS[name] else None,
            )
        case other:
            assert_never(other)


def transcriber(settings: Settings) -> Transcriber:
    match settings.speech:
        case LocalSpeech():
            from providers.whisper import WhisperTranscriber

            return WhisperTranscriber(settings.home / "models")
        case Deepgram() as chosen:
            return deepgram(settings, chosen)
        case other:
            assert_never(other)


def deepgram(settings: Settings, chosen: Deepgram) -> "DeepgramTranscriber":
    from providers.deepgram import DeepgramTranscriber

    key, delivery = chosen.api_key.get_secret_value(), delivery_of(settings, chosen)
    return DeepgramTranscriber(key, chosen.base_url, chosen.model, delivery, chosen.at_once)


def prices(settings: Settings) -> Mapping[str, Price]:
    """What calls cost, by `provider/model`."""
    return price_list(settings.prices)


def calling_back(settings: Settings, listener: Transcriber) -> CallingBack | None:
    """The listener itself where it is to call back, so that it does as much at once as it may; else None."""
    chosen = settings.speech
    calls_back = isinstance(chosen, Deepgram) and chosen.delivery == "callback"
    return listener if calls_back and isinstance(listener, CallingBack) else None


def analyst(chosen: Rules | OpenAI) -> Analyst:
    match chosen:
        case Rules():
            from providers.rules import RulesAnalyst

            return RulesAnalyst()
        case OpenAI():
            from providers.openai import OpenAIAnalyst

            return OpenAIAnalyst(openai_server(chosen), chosen.model, chosen.temperature)
        case other:
            assert_never(other)


def embedder(chosen: LocalEmbeddings | OpenAIEmbeddings) -> Embedder:
    match chosen:
        case LocalEmbeddings():
            from providers.e5 import E5Embedder

            return E5Embedder()
        case OpenAIEmbeddings():
            from providers.openai_vectors import OpenAIEmbedder

            return OpenAIEmbedder(openai_server(chosen), chosen.model)
        case other:
            assert_never(other)


def openai_server(chosen: OpenAI | OpenAIEmbeddings) -> "OpenAIServer":
    from providers.openai_server import OpenAIServer

    return OpenAIServer(chosen.base_url, chosen.api_key.get_secret_value(), chosen.at_once, group_of(chosen))


def group_of(chosen: OpenAI | OpenAIEmbeddings) -> str:
    """What the variables of a server's settings begin with."""
    return "STUDIO_LANGUAGE" if isinstance(chosen, OpenAI) else "STUDIO_EMBEDDINGS"


def mailer_of(chosen: Inbox | Smtp) -> SmtpMailer:
    match chosen:
        case Inbox():
            return SmtpMailer(chosen.host, chosen.port or 0, chosen.sender, tls="none")
        case Smtp():
            password = chosen.password.get_secret_value() if chosen.password else ""
            return SmtpMailer(chosen.host, chosen.port, chosen.sender, chosen.username, password, chosen.tls)
        case other:
            assert_never(other)


def opt_out_links(settings: Settings) -> OptOutLinks:
    """Signed by the storage's secret, which API and workers share."""
    secret = settings.storage.secret_key
    if secret is None:
        raise Trouble("STUDIO_STORAGE__SECRET_KEY is missing: set it, or let `studio up` run everything.")
    return OptOutLinks(public_url(settings), secret.get_secret_value())


def livekit_rooms(settings: Settings) -> "AbstractAsyncContextManager[LiveKitRooms]":
    """The rooms of the LiveKit server, until the block is left; where none is named, one that does not answer."""
    from providers.livekit import livekit_rooms

    chosen = settings.livekit
    secret = chosen.api_secret.get_secret_value() if chosen.api_secret else ""
    return livekit_rooms(chosen.url or NO_LIVEKIT, chosen.api_key, secret)


@asynccontextmanager
async def recorder(settings: Settings) -> AsyncIterator[Recorder | None]:
    """Who records classrooms, until the block is left; nobody where there is no LiveKit server."""
    chosen, files = settings.livekit, bucket(settings, "recordings")
    secret = chosen.api_secret.get_secret_value() if chosen.api_secret else ""
    if chosen.url is None:
        yield None
    elif chosen.recorder == "participant":
        from providers.realtime import RealtimeRecorder
        from providers.recorded_parts import RecordedParts

        scratch = settings.home / "recording"
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield RealtimeRecorder(chosen.url, chosen.api_key, secret, RecordedParts(files, scratch))
    else:
        from providers.livekit_egress import egress_recorder

        async with egress_recorder(chosen.url, chosen.api_key, secret, files, egress_upload(settings)) as found:
            yield found


def egress_upload(settings: Settings) -> "S3Upload | None":
    """Where egress is asked to put files, with the keys for it; None where its own configuration says that."""
    from providers.livekit_egress import upload_to

    s3 = settings.storage
    if not isinstance(s3, S3):
        raise Trouble("STUDIO_LIVEKIT__RECORDER=egress puts recordings into S3: set STUDIO_STORAGE__PROVIDER=s3.")
    if settings.livekit.egress_storage == "configured":
        return None
    keys = s3.access_key.get_secret_value(), s3.secret_key.get_secret_value()
    return upload_to("recordings", s3.endpoint, s3.region, *keys)


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
