"""Deepgram's recognition of recorded speech (POST /v1/listen), by its own SDK.

Source: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from ssl import SSLContext
from typing import Any, Literal

import httpx
import msgspec
from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment

from lessons.calls import DEARER, Call, Reply
from lessons.errors import (
    BadAnswer,
    BadRecording,
    LessonError,
    OperatorAction,
    QuestionRefused,
    RecordingMissing,
    StorageUnavailable,
    UnsupportedLanguage,
    vendor_error,
)
from lessons.keyterms import fitting
from lessons.languages import LanguagePair
from lessons.ports import Audio, Ledger, Progress
from lessons.transcript import Transcript
from providers.deepgram_answers import LARGEST, WHO, transcript_in, used
from providers.deepgram_languages import languages_for
from providers.hosts import is_url
from providers.waiting import retry_after

OPTIONS = "1"
"""Another one wherever Deepgram would be asked for something else by the same words."""

PIECE = 1 << 16
KEY, PLACE = "STUDIO_SPEECH__API_KEY", "STUDIO_SPEECH__BASE_URL"
MENDED_BY = {401: KEY, 402: KEY, 403: KEY, 404: PLACE, 405: PLACE}

Asking = Callable[[AsyncDeepgramClient], Awaitable[object]]


@dataclass
class DeepgramTranscriber:
    """A Transcriber that can also call back; `at_once` bounds its calls, `patience` is how many seconds of silence.

    `url` and `callback` let Deepgram fetch the sound, `upload` sends it. An address that can be none raises
    OperatorAction at once.
    """

    api_key: str = field(repr=False)
    base_url: str = "https://api.deepgram.com"
    model: str = "nova-3"
    delivery: Literal["url", "upload", "callback"] = "url"
    at_once: int = 10
    patience: float = 660.0
    slots: asyncio.Semaphore = field(init=False, repr=False, compare=False)
    trust: SSLContext = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.api_key = self.api_key.strip()
        if not is_url(self.base_url):
            raise OperatorAction(f"{WHO}, {PLACE}")
        self.slots = asyncio.Semaphore(self.at_once)
        self.trust = httpx.create_ssl_context()
        load(self.client(httpx.AsyncClient(transport=Wire(verify=self.trust))))

    async def transcribe(
        self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], ledger: Ledger, progress: Progress
    ) -> Transcript:
        call, options = self.call_of(audio, languages, keyterms), self.options(audio, languages, keyterms)

        async def listen() -> Reply:
            if self.delivery == "upload":
                wire = await self.ask(lambda client: upload(client, audio.url, options))
            else:
                wire = await self.ask(lambda client: listen_to(client, audio.outside_url or audio.url, options))
            return Reply(wire.body, used(audio.seconds, len(audio.channels)), wire.request_id)

        async with self.slots:
            body = await ledger.once(call, listen)
        try:
            heard = await asyncio.to_thread(transcript_in, body, audio.channels)
        except BadAnswer as unusable:
            await ledger.spoil(call, unusable)
            raise
        await progress(1.0)
        return heard

    async def order(self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], callback: str) -> None:
        options = self.options(audio, languages, keyterms) | {"callback": callback}
        async with self.slots:
            wire = await self.ask(lambda client: listen_to(client, audio.outside_url or audio.url, options))
        if "request_id" not in told_in(wire.body):
            raise BadAnswer(f"{WHO}, no request_id")

    def call_of(self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str]) -> Call:
        options = self.options(audio, languages, keyterms)
        asked = json.dumps([audio.sha256, options], sort_keys=True)
        return Call(WHO, "transcribe", priced_as(options), OPTIONS, sha256(asked.encode()).hexdigest())

    def options(self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str]) -> dict[str, Any]:
        """What is asked for: the words as they were said, fillers too.

        Whatever rewrites is off, because a learner's mistakes would go with it: smart_format, numerals, measurements
        and dictation change words into signs, profanity_filter takes some away; punctuation only parts them.
        One person a channel needs no diarizer, and a mixed one gets it only to be cut where the voice changes.
        """
        several = len(audio.channels) > 1
        who = {"multichannel": True} if several else {"diarize_model": "latest"}
        terms = {"keyterm": fitting(keyterms)} if keyterms and self.model.startswith("nova-3") else {}
        rewriting = ("smart_format", "numerals", "measurements", "dictation", "profanity_filter")
        asked = {"model": self.model, "punctuate": True, "utterances": True, "filler_words": True, "mip_opt_out": True}
        return asked | dict.fromkeys(rewriting, False) | who | languages_for(self.model, languages) | terms

    async def balance(self) -> str:
        """Ask for the account and its balance, as cheap a call as there is; raises as a Transcriber does.

        A key that may only transcribe is a good one, though no account is shown to it.
        """
        try:
            found = told_in((await self.ask(lambda client: client.manage.v1.projects.list())).body)
        except OperatorAction:
            if not await self.is_known():
                raise
            return "its key is good, but may not see the account"
        match found:
            case {"projects": [{"project_id": str(project)}, *_]}:
                pass
            case _:
                raise BadAnswer(f"{WHO}, no project")
        try:
            wire = await self.ask(lambda client: client.manage.v1.projects.billing.balances.list(project))
        except LessonError:
            return "its key may not see the balance"
        return balance_in(told_in(wire.body))

    async def is_known(self) -> bool:
        """Whether Deepgram knows the key (https://developers.deepgram.com/guides/fundamentals/authenticating)."""
        wire, headers = Wire(verify=self.trust), {"authorization": f"Token {self.api_key}"}
        async with httpx.AsyncClient(transport=wire, timeout=self.patience) as http:
            try:
                with suppress(Arrived):
                    await http.get(f"{self.base_url}/v1/auth/token", headers=headers)
            except (LessonError, httpx.HTTPError, ValueError):
                return False
        return bool(told_in(wire.body, needed=False))

    async def ask(self, asking: Asking) -> "Wire":
        """Send one request, once; raises what its failure means."""
        if not (self.api_key and self.api_key.isascii() and self.api_key.isprintable()):
            raise OperatorAction(f"{WHO}, {MENDED_BY[401]}")
        wire, patience = Wire(verify=self.trust), httpx.Timeout(self.patience, connect=10.0)
        async with httpx.AsyncClient(transport=wire, timeout=patience) as http:
            try:
                with suppress(Arrived):
                    await asking(self.client(http))
            except httpx.HTTPError as error:
                raise vendor_error(WHO, None, type(error).__name__) from None
        return wire

    def client(self, http: httpx.AsyncClient) -> AsyncDeepgramClient:
        where = DeepgramClientEnvironment(base=self.base_url, production="", agent="", agent_rest="")
        return AsyncDeepgramClient(api_key=self.api_key, environment=where, httpx_client=http, max_retries=0)


def load(client: AsyncDeepgramClient) -> object:
    """Import what the SDK would import at the first question, and so hold up the loop for a second."""
    return client.listen.v1.media.with_raw_response


def priced_as(options: Mapping[str, Any]) -> str:
    """The model, and what Deepgram takes more for, as `lessons.calls` has their prices."""
    dearer = {
        "multi": options.get("language") == "multi",
        "keyterm": options.get("keyterm"),
        "diarize": options.get("diarize_model"),
    }
    return "/".join([options["model"], *(name for name in DEARER if dearer[name])])


class Arrived(Exception):
    """The answer is here whole."""


class Wire(httpx.AsyncHTTPTransport):
    """Keeps the body of an answer as it arrived, and raises Arrived, or what a refusal means, instead of returning it.

    The SDK's own reading holds up the loop before the answer is safe, takes 150 MB for a long lesson, and any JSON.
    """

    body = b""
    request_id = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        async with aclosing(response):
            self.body = await read_all(response)
        self.request_id = response.headers.get("dg-request-id", "")
        if not response.is_success:
            raise refusal(response, told_in(self.body, needed=False))
        raise Arrived


async def read_all(response: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise BadAnswer(f"{WHO}, more than {LARGEST >> 20} MB")
    return b"".join(pieces)


async def listen_to(client: AsyncDeepgramClient, url: str, options: dict[str, Any]) -> None:
    await client.listen.v1.media.transcribe_url(url=url, request_options={"max_retries": 0}, **options)


async def upload(client: AsyncDeepgramClient, url: str, options: dict[str, Any]) -> None:
    async with aclosing(sound_at(url)) as sound:
        await client.listen.v1.media.transcribe_file(request=sound, request_options={"max_retries": 0}, **options)


async def sound_at(url: str) -> AsyncGenerator[bytes, None]:
    """The bytes of a stored file, as they come; raises StorageUnavailable, RecordingMissing."""
    try:
        async with httpx.AsyncClient(timeout=30.0) as http, http.stream("GET", url) as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                raise RecordingMissing("its sound")
            if not response.is_success:
                raise StorageUnavailable(f"status {response.status_code}")
            async for piece in response.aiter_raw(PIECE):
                yield piece
    except httpx.HTTPError as error:
        raise StorageUnavailable(type(error).__name__) from None


def refusal(response: httpx.Response, told: dict[str, Any]) -> LessonError:
    """What it means that Deepgram does not answer; of its sentences none is told on.

    Source: https://developers.deepgram.com/docs/errors.
    """
    code, sentence = str(told.get("err_code", "")), str(told.get("err_msg", ""))
    if code == "REMOTE_CONTENT_ERROR":
        return StorageUnavailable("Deepgram cannot fetch the sound; STUDIO_SPEECH__DELIVERY=upload sends it")
    refused: type[BadRecording | QuestionRefused | UnsupportedLanguage] = QuestionRefused
    if response.status_code in (413, 415) or "corrupt or unsupported data" in sentence:
        refused = BadRecording
    elif "model/language" in sentence:
        refused = UnsupportedLanguage
    mended_by = MENDED_BY.get(response.status_code)
    named = f"{WHO}, {mended_by}" if mended_by else WHO
    return vendor_error(named, response.status_code, code, retry_after(response.headers), refused)


def told_in(body: bytes, needed: bool = True) -> dict[str, Any]:
    """A small answer's fields; raises BadAnswer where it is no JSON object, unless it is not needed."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if needed:
            raise BadAnswer(f"{WHO}, no JSON") from None
        return {}


def balance_in(told: dict[str, Any]) -> str:
    match told:
        case {"balances": [{"amount": int() | float() as amount, "units": str(units)}, *_]}:
            return f"{amount:.2f} {units} left"
        case _:
            return "no balance is told"
