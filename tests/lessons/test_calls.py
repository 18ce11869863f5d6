"""What a call is known by, and what it costs."""

from dataclasses import replace
from decimal import Decimal
from math import inf, nan

import pytest

from lessons.calls import LIST_PRICES, Call, Price, Usage, cost_of, is_priced, price_list

NOVA_3 = ("nova-3", "nova-3-general")
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


HEARD = Call("deepgram", "transcribe", "nova-3/multi/keyterm", "1", "hash")
AN_HOUR = Usage(seconds=3600)


def test_mixed_languages_and_terms_that_are_expected_cost_more_than_the_model_alone() -> None:
    models = ["nova-3", "nova-3/multi", "nova-3/multi/keyterm", "nova-3/multi/keyterm/diarize"]
    costs = [cost_of(replace(HEARD, model=model), AN_HOUR, LIST_PRICES) for model in models]
    assert costs == [Decimal("0.258"), Decimal("0.312"), Decimal("0.39"), Decimal("0.51")]


def test_the_other_name_of_nova_3_costs_the_same() -> None:
    for use in ("", "/multi", "/multi/keyterm/diarize"):
        costs = [cost_of(replace(HEARD, model=f"{name}{use}"), AN_HOUR, LIST_PRICES) for name in NOVA_3]
        assert costs == [cost_of(replace(HEARD, model=f"nova-3{use}"), AN_HOUR, LIST_PRICES)] * 2


@pytest.mark.parametrize("name", [*LIST_PRICES, "openai/meta/llama-4", "deepgram/nova-4/keyterm/diarize"])
def test_what_calls_are_named_by_can_be_priced(name: str) -> None:
    assert is_priced(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpt-4o",
        "openai",
        "openai/",
        "/gpt-4o",
        "opanai/gpt-4o",
        "local/whisper",
        "openai/ ",
        "openai//gpt-4o",
        "deepgram/nova-3/",
        "deepgram/nova-3/mutli",
        "deepgram/nova-3/keyterm/multi",
        "deepgram/nova-3/multi/multi",
    ],
)
def test_a_name_that_no_call_has_cannot_be_priced(name: str) -> None:
    assert not is_priced(name)


def test_a_use_without_a_price_of_its_own_costs_what_the_model_does() -> None:
    assert cost_of(HEARD, AN_HOUR, {"deepgram/nova-3": Price(minute=0.01)}) == Decimal("0.6")
    assert cost_of(replace(HEARD, model="nova-4/multi"), AN_HOUR, LIST_PRICES) is None


def test_a_price_that_is_set_for_a_model_is_that_of_all_its_uses() -> None:
    prices = price_list({"deepgram/nova-3": Price(minute=0.01), "deepgram/nova-3/multi": Price(minute=0.02)})
    assert cost_of(replace(HEARD, model="nova-3/keyterm"), AN_HOUR, prices) == Decimal("0.6")
    assert cost_of(HEARD, AN_HOUR, prices) == Decimal("1.2")
    assert cost_of(CALL, Usage(input_tokens=1_000_000), prices) == Decimal("2.5")


@pytest.mark.parametrize(
    "told",
    [
        Usage(seconds=inf),
        Usage(seconds=nan),
        Usage(seconds=-1.0),
        Usage(input_tokens=1 << 63),
        Usage(input_tokens=5, cached_tokens=-5),
        Usage(output_tokens=10**400),
    ],
)
def test_usage_that_cannot_be_is_not_believed(told: Usage) -> None:
    possible = Usage(60.0, 3, 2, 1)
    assert (told.believed, possible.believed) == (Usage(), possible)


@pytest.mark.parametrize("price", [Price(minute=inf), Price(minute=nan), Price(minute=-1.0), Price(minute=1e300)])
def test_a_price_that_is_none_is_as_good_as_unknown(price: Price) -> None:
    assert cost_of(CALL, Usage(seconds=60), {"openai/gpt-4o": price}) is None
