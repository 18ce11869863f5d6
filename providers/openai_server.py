"""A server that speaks OpenAI's API: what it answers as it arrived, and its errors as ours.

Wire: https://platform.openai.com/docs/api-reference (responses, embeddings, models).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from lessons.calls import Reply, Usage
from lessons.errors import BadAnswer, ContentRefused, LessonError, OperatorAction, vendor_error
from providers.hosts import is_url
from providers.waiting import retry_after

VENDOR = "OpenAI"
CONNECT, SILENCE, DEADLINE = 5.0, 240.0, 300.0
CONTENT = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})
MENDED_BY = {401: "API_KEY", 402: "API_KEY", 403: "API_KEY", 404: "BASE_URL", 405: "BASE_URL"}
LIMITS = "x-ratelimit-"
USUAL = 128 << 10
"""Bytes that are looked through in a millisecond or two."""


class Kept(BaseModel):
    """What we read of an answer; whatever else it holds is let be."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, allow_inf_nan=False)


class Cached(Kept):
    cached_tokens: NonNegativeInt = 0


class Used(Kept):
    input_tokens: NonNegativeInt = 0
    output_tokens: NonNegativeInt = 0
    prompt_tokens: NonNegativeInt = 0
    input_tokens_details: Cached | None = None


class Outline(Kept):
    """What every answer tells of itself."""

    usage: Any = None


@dataclass(frozen=True)
class Seen:
    """How quickly a server answered, and what it told about limits."""

    seconds: float
    limits: Mapping[str, str]


@dataclass
class OpenAIServer:
    """`group` is the settings' name of this server, for errors to say what to mend.

    Every method raises ProviderUnavailable, OperatorAction, QuestionRefused, ContentRefused, BadAnswer; a server at an
    address that can be none raises OperatorAction at once.
    """

    base_url: str
    api_key: str = field(repr=False)
    at_once: int = 8
    group: str = "STUDIO_LANGUAGE"
    silence: float = SILENCE
    deadline: float = DEADLINE

    def __post_init__(self) -> None:
        self.api_key = self.api_key.strip()
        if not is_url(self.base_url):
            raise OperatorAction(f"{VENDOR}, {self.group}__BASE_URL")
        self.gate = asyncio.Semaphore(self.at_once)
        self.client = deaf_client(self.base_url, self.api_key, httpx2.Timeout(self.silence, connect=CONNECT))
        self.responses = self.client.responses.with_raw_response
        self.embeddings = self.client.embeddings.with_raw_response
        self.models = self.client.models.with_raw_response

    async def respond(self, model: str, asked: Mapping[str, Any], temperature: float | None) -> Reply:
        """Ask for one answer in a given shape; nothing of it is stored there."""
        chosen = openai.omit if temperature is None else temperature
        async with self.answering():
            raw = await self.responses.create(model=model, store=False, temperature=chosen, **asked)
        return await reply_of(raw.content, raw.request_id or "")

    async def embed(self, model: str, texts: list[str], dimensions: int) -> Reply:
        async with self.answering():
            raw = await self.embeddings.create(
                model=model, input=texts, dimensions=dimensions, encoding_format="base64"
            )
        return await reply_of(raw.content, raw.request_id or "")

    async def look(self, model: str) -> Seen:
        """See whether the server knows the model; nothing is paid for."""
        began = time.perf_counter()
        async with self.answering():
            raw = await self.models.retrieve(model)
        if outline_of(raw.content) is None:
            raise BadAnswer(VENDOR)
        limits = {name: value for name, value in raw.headers.items() if name.startswith(LIMITS)}
        return Seen(time.perf_counter() - began, limits)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        if not (self.api_key and self.api_key.isascii() and self.api_key.isprintable()):
            raise OperatorAction(f"{VENDOR}, {self.group}__API_KEY")
        try:
            async with asyncio.timeout(self.deadline):
                yield
        except openai.APIStatusError as error:
            raise self.refusal(error) from None
        except (openai.APIError, TimeoutError):
            raise vendor_error(VENDOR, None) from None

    def refusal(self, error: openai.APIStatusError) -> LessonError:
        code, status, mended_by = error.code or "", error.status_code, MENDED_BY.get(error.status_code, "")
        if code in CONTENT:
            return ContentRefused(VENDOR)
        if code == "insufficient_quota":
            status, mended_by = 402, "API_KEY"
        elif code == "model_not_found" or (status == 404 and error.param == "model"):
            status, mended_by = 404, "MODEL"
        named = f"{VENDOR}, {self.group}__{mended_by}" if mended_by else VENDOR
        return vendor_error(named, status, code, retry_after(error.response.headers))


def deaf_client(base_url: str, api_key: str, timeout: httpx2.Timeout) -> openai.AsyncOpenAI:
    """A client that retries nothing, follows no redirect with what was said, and hears no OPENAI_ variable.

    It keeps no connection: beside the time of an answer a new one is nothing, and an old one may be dead.
    """
    logging.getLogger("openai").setLevel(logging.WARNING)
    fleeting = httpx2.Limits(max_keepalive_connections=0)
    web = openai.DefaultAsyncHttpxClient(timeout=timeout, limits=fleeting, follow_redirects=False)
    client = openai.AsyncOpenAI(
        api_key=api_key,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=base_url,
        max_retries=0,
        timeout=timeout,
        http_client=web,
    )
    client.organization = client.project = client.admin_api_key = None
    client._custom_headers = {}
    return client


async def reply_of(body: bytes, request_id: str) -> Reply:
    """An answer with what it used; it was paid for, so whether it is of use is seen when it is read.

    One of usual size is not kept waiting for a thread: until its row is there it can be lost.
    """
    outline = outline_of(body) if len(body) <= USUAL else await asyncio.to_thread(outline_of, body)
    return Reply(body, usage_of(outline.usage) if outline else Usage(), request_id)


def outline_of(body: bytes) -> Outline | None:
    """How an answer begins to be one; None where it is no JSON object."""
    try:
        return Outline.model_validate_json(body)
    except ValidationError:
        return None


def usage_of(told: Any) -> Usage:
    """The tokens that an answer says it used; none where it tells nonsense."""
    try:
        used = Used.model_validate(told or {})
    except ValidationError:
        return Usage()
    asked = used.input_tokens or used.prompt_tokens
    cached = used.input_tokens_details.cached_tokens if used.input_tokens_details else 0
    return Usage(input_tokens=asked, cached_tokens=min(cached, asked), output_tokens=used.output_tokens)
