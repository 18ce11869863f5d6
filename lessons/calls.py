"""What is asked of a provider, what came back, and what it costs."""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from hashlib import sha256


@dataclass(frozen=True)
class Call:
    """One question. All that decides the answer is here, and nothing else: no signed URL, no time, no lesson.

    `model` also tells what makes its use dearer, as in LIST_PRICES; `version` is that of the prompt or of the options,
    `content` a hash of what the provider is given.
    """

    provider: str
    operation: str
    model: str
    version: str
    content: str

    @property
    def key(self) -> str:
        asked = [getattr(self, field.name) for field in fields(self)]
        return sha256(json.dumps(asked).encode()).hexdigest()


MOST, DEAREST = 1e9, 1e6
"""Seconds or tokens, and US dollars, of one answer: whatever tells of more tells nonsense."""


@dataclass(frozen=True)
class Usage:
    """What a call used up; `seconds` of sound are counted once per channel, cached tokens are input tokens too."""

    seconds: float = 0.0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0

    @property
    def believed(self) -> "Usage":
        """The same, or nothing where that cannot be: no answer is lost because of what it says of itself."""
        return self if all(0 <= used <= MOST for used in astuple(self)) else Usage()


@dataclass(frozen=True)
class Reply:
    """An answer as it arrived, before anybody has read it."""

    body: bytes
    usage: Usage = Usage()
    request_id: str = ""


@dataclass(frozen=True)
class Price:
    """US dollars for a minute of one channel's sound, and for a million tokens of each kind."""

    minute: float = 0.0
    input: float = 0.0
    cached: float | None = None
    output: float = 0.0

    def of(self, usage: Usage) -> Decimal | None:
        """What so much costs, to a millionth of a dollar; None where that is no price."""
        cached = self.input if self.cached is None else self.cached
        tokens = (
            self.input * (usage.input_tokens - usage.cached_tokens)
            + cached * usage.cached_tokens
            + self.output * usage.output_tokens
        )
        dollars = self.minute * usage.seconds / 60 + tokens / 1e6
        return round(Decimal(dollars), 6) if 0 <= dollars <= DEAREST else None


DEARER = ("multi", "keyterm", "diarize")
"""What Deepgram takes more for, in the order in which a call's model tells it."""

NOVA_3 = {
    "": 0.0043,
    "/diarize": 0.0063,
    "/keyterm": 0.0056,
    "/keyterm/diarize": 0.0076,
    "/multi": 0.0052,
    "/multi/diarize": 0.0072,
    "/multi/keyterm": 0.0065,
    "/multi/keyterm/diarize": 0.0085,
}

LIST_PRICES: Mapping[str, Price] = {
    **{f"deepgram/nova-3{use}": Price(minute=minute) for use, minute in NOVA_3.items()},
    **{f"deepgram/nova-3-general{use}": Price(minute=minute) for use, minute in NOVA_3.items()},
    "openai/gpt-4o": Price(input=2.5, cached=1.25, output=10),
    "openai/gpt-4o-mini": Price(input=0.15, cached=0.075, output=0.6),
    "openai/text-embedding-3-small": Price(input=0.02),
    "openai/text-embedding-3-large": Price(input=0.13),
}
"""What vendors have published, by `provider/model` and what makes it dearer; an operator sets what is really paid."""


def is_priced(name: str) -> bool:
    """Whether calls can have this name: a vendor, its model, and for Deepgram what it takes more for, in its order."""
    vendor, *rest = name.split("/")
    dearer = rest[1:]
    in_order = vendor != "deepgram" or dearer == [one for one in DEARER if one in dearer]
    return vendor in ("deepgram", "openai") and bool(rest) and all(one.strip() for one in rest) and in_order


def price_list(set_prices: Mapping[str, Price]) -> Mapping[str, Price]:
    """What is set, else what is published; a price that is set for a model is that of all its uses."""
    kept = {name: price for name, price in LIST_PRICES.items() if price_of(name, set_prices) is None}
    return {**kept, **set_prices}


def price_of(name: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of a model as it is used, such as `deepgram/nova-3/multi`, else of the model."""
    while name not in prices and name:
        name = name.rpartition("/")[0]
    return prices.get(name)


def cost_of(call: Call, usage: Usage, prices: Mapping[str, Price]) -> Decimal | None:
    """What a call cost in US dollars; None where nobody knows its price, 0 for what runs on this machine."""
    if call.provider == "local":
        return Decimal(0)
    price = price_of(f"{call.provider}/{call.model}", prices)
    return price.of(usage) if price else None
