"""OpenAI as an Embedder: what it is asked, and what every answer of it comes to."""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lessons.calls import Usage
from lessons.errors import BadAnswer, LessonError, OperatorAction, ProviderUnavailable, QuestionRefused
from providers.openai_server import OpenAIServer
from providers.openai_vectors import BATCH, BATCH_LETTERS, OpenAIEmbedder, batches
from tests.ledgers import MemoryLedger
from tests.vendors.openai import (
    EMBEDDING,
    KEY,
    Asked,
    Fault,
    Given,
    OpenAIStandIn,
    embedded,
    error,
    html,
    no_such_path,
    openai_stand_in,
    raw,
    reset,
    vector_of,
)

TEXTS = ["The beach was sunny.", "", "A bank in the city.\0", "  "]


@pytest.fixture
def server() -> Iterator[OpenAIStandIn]:
    with openai_stand_in() as running:
        yield running


@pytest.fixture
def embedder(server: OpenAIStandIn) -> OpenAIEmbedder:
    return OpenAIEmbedder(OpenAIServer(server.base_url, KEY, group="STUDIO_EMBEDDINGS"), EMBEDDING)


def altered(alter: Callable[[list[dict[str, Any]]], Any]) -> Fault:
    """The usual answer with other vectors."""

    def fault(asked: Asked) -> Given:
        told = json.loads(embedded(asked, form=list).body)
        return Given(200, json.dumps(told | {"data": alter(told["data"])}).encode())

    return fault


def in_each(**changed: Any) -> Fault:
    return altered(lambda data: [one | changed for one in data])


async def test_a_request_asks_for_384_numbers_for_each_text(server: OpenAIStandIn, embedder: OpenAIEmbedder) -> None:
    vectors = await embedder.passages(TEXTS, MemoryLedger())
    [asked] = server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/embeddings")
    assert asked.body == {
        "model": "text-embedding-3-small",
        "input": ["The beach was sunny.", ".", "A bank in the city.", "."],
        "dimensions": 384,
        "encoding_format": "base64",
    }
    assert [len(vector) for vector in vectors] == [384] * 4


async def test_vectors_come_in_the_order_of_their_texts_however_they_are_sent(
    server: OpenAIStandIn, embedder: OpenAIEmbedder
) -> None:
    packed = await embedder.passages(TEXTS, MemoryLedger())
    server.script.append(lambda asked: embedded(asked, form=list))
    plain = await embedder.passages(TEXTS, MemoryLedger())
    for one, other, text in zip(packed, plain, server.requests[0].body["input"], strict=True):
        assert one == pytest.approx(other, abs=1e-6)
        assert other == pytest.approx(vector_of(text, 384))


async def test_many_texts_are_asked_in_batches_that_are_paid_once(
    server: OpenAIStandIn, embedder: OpenAIEmbedder
) -> None:
    ledger = MemoryLedger()
    texts = [f"text {number}" for number in range(BATCH + 3)]
    vectors = await embedder.passages(texts, ledger)
    assert await embedder.passages(texts, ledger) == vectors
    assert [len(asked.body["input"]) for asked in server.requests] == [BATCH, 3]
    assert [call.operation for call in ledger.asks] == ["embed"] * 2
    assert sum(usage.input_tokens for usage in ledger.used) > 0
    assert Usage() not in ledger.used


def test_batches_are_bounded_by_size_too() -> None:
    texts = ["a" * (BATCH_LETTERS // 2)] * 3 + ["b" * 2 * BATCH_LETTERS]
    assert [len(batch) for batch in batches(texts)] == [2, 1, 1]


async def test_what_was_answered_before_a_failure_is_not_asked_again(
    server: OpenAIStandIn, embedder: OpenAIEmbedder
) -> None:
    ledger = MemoryLedger()
    texts = [f"text {number}" for number in range(BATCH + 1)]
    server.script.extend([None, error(503)])
    with pytest.raises(ProviderUnavailable):
        await embedder.passages(texts, ledger)
    assert len(await embedder.passages(texts, ledger)) == BATCH + 1
    assert len(server.requests) == sum(ledger.asks.values()) == 3


async def test_no_texts_cost_nothing(server: OpenAIStandIn, embedder: OpenAIEmbedder) -> None:
    assert await embedder.passages([], MemoryLedger()) == []
    assert server.requests == []


@pytest.mark.parametrize(
    ("fault", "kind", "named"),
    [
        (in_each(embedding=[0.0] * 383 + [math.nan]), BadAnswer, "OpenAI"),
        (in_each(embedding=[0.0] * 383 + [math.inf]), BadAnswer, "OpenAI"),
        (lambda asked: embedded(asked, form=lambda _: "AADAfwAAwH8AAMB/" * 128), BadAnswer, "without a value"),
        (in_each(embedding="no base64!"), BadAnswer, "OpenAI"),
        (in_each(embedding="AAA="), BadAnswer, "OpenAI"),
        (in_each(embedding=None), BadAnswer, "OpenAI"),
        (in_each(embedding=["one"]), BadAnswer, "OpenAI"),
        (in_each(embedding=[0.5] * 768), OperatorAction, "STUDIO_EMBEDDINGS__MODEL"),
        (in_each(index=0), BadAnswer, "one vector for each text"),
        (in_each(index=7), BadAnswer, "one vector for each text"),
        (altered(lambda data: data[1:]), BadAnswer, "one vector for each text"),
        (altered(lambda data: data + data), BadAnswer, "one vector for each text"),
        (altered(lambda data: None), BadAnswer, "OpenAI"),
        (raw(b"{}"), BadAnswer, "OpenAI"),
        (raw(b"[1, 2"), BadAnswer, "OpenAI"),
        (html, BadAnswer, "OpenAI"),
        (reset, ProviderUnavailable, "OpenAI"),
        (error(500), ProviderUnavailable, "status 500"),
        (error(401, "invalid_api_key"), OperatorAction, "STUDIO_EMBEDDINGS__API_KEY"),
        (error(404, "model_not_found", "model"), OperatorAction, "STUDIO_EMBEDDINGS__MODEL"),
        (no_such_path, OperatorAction, "STUDIO_EMBEDDINGS__BASE_URL"),
        (error(400, "invalid_input", "input"), QuestionRefused, "invalid_input"),
    ],
)
async def test_an_answer_without_vectors_ends_in_a_kind_that_says_what_to_do(
    server: OpenAIStandIn, embedder: OpenAIEmbedder, fault: Fault, kind: type[LessonError], named: str
) -> None:
    ledger = MemoryLedger()
    server.script.append(fault)
    with pytest.raises(kind) as told:
        await embedder.passages(TEXTS, ledger)
    assert named in told.value.detail
    assert "planted" not in str(told.value)
    assert len(await embedder.passages(TEXTS, ledger)) == 4
    assert len(server.requests) == 2
