"""Vectors from OpenAI, or from any server that speaks its API."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from struct import unpack

from lessons.calls import Call, Reply
from lessons.errors import BadAnswer, LessonError, OperatorAction
from lessons.ports import Ledger
from providers.openai_server import VENDOR, Kept, OpenAIServer

VERSION = "1"
DIMENSIONS = 384
BATCH, BATCH_LETTERS = 256, 200_000


class Vector(Kept):
    index: int
    embedding: str | list[float]


class Vectors(Kept):
    data: list[Vector]


@dataclass
class OpenAIEmbedder:
    """An Embedder of 384 numbers; raises BadAnswer, OperatorAction for a model that gives another count of them."""

    server: OpenAIServer
    model: str

    async def passages(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]]:
        return [vector for batch in batches(texts) for vector in await self.kept(batch, ledger)]

    async def kept(self, batch: list[str], ledger: Ledger) -> list[list[float]]:
        content = sha256(json.dumps([batch, DIMENSIONS]).encode()).hexdigest()
        call = Call("openai", "embed", self.model, VERSION, content)
        async with self.server.gate:
            body = await ledger.once(call, lambda: self.asked(batch))
        try:
            return await asyncio.to_thread(self.vectors, body, len(batch))
        except LessonError as error:
            await ledger.spoil(call, error)
            raise

    async def asked(self, batch: list[str]) -> Reply:
        return await self.server.embed(self.model, batch, DIMENSIONS)

    def vectors(self, body: bytes, count: int) -> list[list[float]]:
        try:
            told = Vectors.model_validate_json(body).data
            placed = {one.index: numbers_of(one.embedding) for one in told}
        except ValueError:
            raise BadAnswer(VENDOR) from None
        if len(told) != count or placed.keys() != {*range(count)}:
            raise BadAnswer(f"{VENDOR}, not one vector for each text")
        vectors = [placed[at] for at in range(count)]
        if any(len(one) != DIMENSIONS for one in vectors):
            raise OperatorAction(f"{VENDOR}, {self.server.group}__MODEL does not give {DIMENSIONS} numbers")
        if not all(isfinite(number) for one in vectors for number in one):
            raise BadAnswer(f"{VENDOR}, numbers without a value")
        return vectors


def numbers_of(given: str | list[float]) -> list[float]:
    """A vector as JSON or as base64 of little-endian floats; raises ValueError."""
    if isinstance(given, list):
        return given
    packed = b64decode(given, validate=True)
    if len(packed) % 4:
        raise ValueError("no whole number of floats")
    return list(unpack(f"<{len(packed) // 4}f", packed))


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in order, few enough for one request."""
    batch: list[str] = []
    size = 0
    for text in map(sayable, texts):
        if batch and (len(batch) == BATCH or size + len(text) > BATCH_LETTERS):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def sayable(text: str) -> str:
    """The text as the API takes it, which refuses an empty one."""
    return text.replace("\0", " ").strip() or "."
