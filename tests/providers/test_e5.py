from pathlib import Path

import pytest

from lessons.errors import PartCrashed
from lessons.ports import Embedder
from providers.e5 import E5Embedder
from tests.ledgers import MemoryLedger


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return E5Embedder()


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_vectors_have_384_numbers_and_length_one(embedder: Embedder) -> None:
    vectors = await embedder.passages(["one", "two", "three", "four", "five", ""], MemoryLedger())
    assert [len(vector) for vector in vectors] == [384] * 6
    assert all(likeness(vector, vector) == pytest.approx(1.0, abs=1e-3) for vector in vectors)


async def test_what_was_talked_about_is_found_in_another_language(embedder: Embedder) -> None:
    passages = ["We talked about the kitchen of the restaurant.", "Last summer they went to the beach by bus."]
    vectors = await embedder.passages(passages, MemoryLedger())
    [asked] = await embedder.passages(["El verano pasado fueron a la playa en autobús."], MemoryLedger())
    assert likeness(asked, vectors[1]) > likeness(asked, vectors[0])


async def test_nothing_gives_nothing(embedder: Embedder) -> None:
    assert await embedder.passages([], MemoryLedger()) == []


async def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"other weights")
    with pytest.raises(PartCrashed, match="embedding model is damaged"):
        await E5Embedder(weights=weights).passages(["hello"], MemoryLedger())
