"""What a call is known by, and what it costs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lessons.calls import LIST_PRICES, Call, Price, Usage, cost_of

CALL = Call("openai", "mistakes", "gpt-4o", "1", "hash")


@pytest.mark.parametrize("changed", ["provider", "operation", "model", "version", "content"])
def test_whatever_decides_the_answer_decides_the_key(changed: str) -> None:
    assert replace(CALL, **{changed: "other"}).key != CALL.key


def test_the_same_question_has_the_same_key() -> None:
    assert replace(CALL).key == CALL.key


def test_parts_that_touch_are_not_mixed_up() -> None:
    assert replace(CALL, version="1h", content="ash").key != CALL.key


@pytest.mark.parametrize(
    ("price", "usage", "dollars"),
    [
        (Price(minute=0.0043), Usage(seconds=2 * 3600), "0.516"),
        (Price(input=2.5, output=10), Usage(input_tokens=1_000_000, output_tokens=100_000), "3.5"),
        (Price(input=2.5, cached=1.25), Usage(input_tokens=1_000_000, cached_tokens=400_000), "2"),
        (Price(input=2), Usage(input_tokens=1_000_000, cached_tokens=400_000), "2"),
        (Price(input=2.5), Usage(), "0"),
    ],
)
def test_a_price_is_for_minutes_of_a_channel_and_for_a_million_tokens(price: Price, usage: Usage, dollars: str) -> None:
    assert price.of(usage) == Decimal(dollars)


def test_what_runs_here_costs_nothing_and_an_unknown_price_is_not_guessed() -> None:
    used = Usage(seconds=60, input_tokens=1)
    assert cost_of(replace(CALL, provider="local"), used, {}) == 0
    assert cost_of(replace(CALL, model="unheard-of"), used, LIST_PRICES) is None
    assert cost_of(CALL, used, LIST_PRICES) is not None
