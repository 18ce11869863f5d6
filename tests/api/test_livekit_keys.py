"""Our reading of LiveKit's signatures has the verdicts of livekit-api's own receiver."""

import base64
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import ParseError
from livekit.api import TokenVerifier, WebhookReceiver

from api.livekit_keys import LiveKitKeys
from tests.api.signing import KEY, SECRET, egress_ended, jwt_of, segment, webhook_claims, webhook_token

BODY = json.dumps(egress_ended("16fd2706-8baf-433b-82eb-8c7fada847da")).encode()
PAIRS = 10_000

Pair = tuple[bytes, str]


@pytest.fixture
def keys() -> LiveKitKeys:
    return LiveKitKeys({KEY: SECRET})


@pytest.fixture
def receiver() -> WebhookReceiver:
    return WebhookReceiver(TokenVerifier(KEY, SECRET))


def accepts(receiver: WebhookReceiver, body: bytes, token: str) -> bool:
    try:
        receiver.receive(body.decode(errors="replace"), token)
    except ParseError:
        return True
    except Exception:
        return False
    return True


def test_a_signed_event_is_accepted(keys: LiveKitKeys) -> None:
    assert keys.signed(BODY, webhook_token(BODY))


def test_each_key_of_a_rotation_is_accepted_with_its_own_secret() -> None:
    other = "another-secret-of-livekit-that-is-older"
    keys = LiveKitKeys({KEY: SECRET, "older": other})
    assert keys.signed(BODY, webhook_token(BODY))
    assert keys.signed(BODY, webhook_token(BODY, "older", other))
    assert not keys.signed(BODY, webhook_token(BODY, "older", SECRET))
    assert not keys.signed(BODY, webhook_token(BODY, "unknown", SECRET))


@pytest.mark.parametrize("secrets", [{}, {KEY: ""}, {"": SECRET}, {KEY: SECRET, "older": ""}])
def test_an_empty_secret_refuses_to_start(secrets: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="empty"):
        LiveKitKeys(secrets)


@pytest.mark.parametrize("seconds", [-55, -65, 55, 90])
def test_a_clock_may_be_a_minute_off(seconds: int, keys: LiveKitKeys, receiver: WebhookReceiver) -> None:
    now = int(time.time()) + seconds
    for late in ({"exp": now}, {"nbf": now}, {"iat": now}):
        token = jwt_of(webhook_claims(BODY) | late)
        assert keys.signed(BODY, token) == accepts(receiver, BODY, token)


def test_ten_thousand_changed_events_have_the_receivers_verdicts(keys: LiveKitKeys, receiver: WebhookReceiver) -> None:
    chance = random.Random(20260101)
    seen: Counter[tuple[str, bool]] = Counter()
    for _ in range(PAIRS):
        change = chance.choice(CHANGES)
        body, token = change(chance)
        expected = accepts(receiver, body, token)
        assert keys.signed(body, token) == expected, (change.__name__, body, token)
        seen[change.__name__, expected] += 1
    assert all(seen[name, False] > 50 for name in ("changed_body", "changed_token", "changed_claims", "changed_header"))
    assert all(seen[name, True] > 50 for name in ("signed_anew", "changed_claims", "changed_header", "padded"))


def changed_body(chance: random.Random) -> Pair:
    """The body is not what was signed."""
    at = chance.randrange(len(BODY))
    other = bytes([chance.randrange(256)])
    body = chance.choice(
        [BODY[:at] + other + BODY[at + 1 :], BODY[:at] + other + BODY[at:], BODY[:at], BODY + other, b""]
    )
    return (body if body != BODY else BODY + b" "), webhook_token(BODY)


def signed_anew(chance: random.Random) -> Pair:
    """Another body, properly signed."""
    body = chance.choice([b"{}", b"[]", b"not json", json.dumps({"event": "x" * chance.randrange(99)}).encode()])
    return body, webhook_token(body)


def changed_token(chance: random.Random) -> Pair:
    """The token's text was touched."""
    token = webhook_token(BODY)
    at, char = chance.randrange(len(token)), chance.choice("AZaz09-_.=+/ \n%é")
    header, claims, signature = token.split(".")
    spelled = [
        token[:at] + char + token[at + 1 :],
        token[:at] + char + token[at:],
        token[:at] + token[at + 1 :],
        token[:at],
        f"Bearer {token}",
        f" {token}",
        f"{header}.{claims}",
        f"{header}.{claims}.",
        f"{claims}.{header}.{signature}",
        f"{token}.{signature}",
        "",
    ]
    return BODY, chance.choice(spelled)


def padded(chance: random.Random) -> Pair:
    """Segments with the padding that JWTs leave out, right or wrong; the signature is over what is sent."""
    extra = chance.choice(["", "=", "==", "==="])
    token = webhook_token(BODY)
    return BODY, token + extra


def changed_claims(chance: random.Random) -> Pair:
    """Other claims, signed with the right secret."""
    now, digest = int(time.time()), hashlib.sha256(BODY).digest()
    odd: list[Any] = [None, "", "x", "12", -1, 0, 1.5, True, [], {}, now + 30, str(now + 30), 1e400, float("nan")]
    hashes = [
        digest.hex(),
        base64.urlsafe_b64encode(digest).decode(),
        base64.b64encode(digest).decode() + "\n",
        "é",
    ]
    claims: Any = webhook_claims(BODY)
    name = chance.choice(["exp", "nbf", "iat", "iss", "sub", "jti", "aud", "sha256", "name"])
    claims[name] = chance.choice(odd + (hashes if name == "sha256" else [KEY, [KEY], "wrong"]))
    if chance.random() < 0.3:
        claims.pop(chance.choice(list(claims)))
    return BODY, jwt_of(chance.choice([claims] * 9 + [[claims], list(claims.items()), "claims", None]))


def changed_header(chance: random.Random) -> Pair:
    """Another header, signed with the right secret by HS256."""
    header: dict[str, Any] = {"alg": chance.choice(["HS256"] * 4 + ["none", "HS512", "RS256", "hs256", "", None, 1])}
    for name, values in (
        ("typ", ["JWT", "JWE", 1]),
        ("kid", ["one", 1, None]),
        ("crit", [["b64"], ["exp"], [], "b64", None]),
        ("b64", [True, False, None]),
    ):
        if chance.random() < 0.3:
            header[name] = chance.choice(values)
    return BODY, jwt_of(webhook_claims(BODY), header=header)


def foreign(chance: random.Random) -> Pair:
    """Signed by somebody else, or not at all."""
    secret = chance.choice([SECRET[:-1], SECRET + "x", SECRET.upper(), "x" * 40])
    header, claims = json.dumps({"alg": "none"}), json.dumps(webhook_claims(BODY))
    unsigned = f"{segment(header.encode())}.{segment(claims.encode())}."
    return BODY, chance.choice([jwt_of(webhook_claims(BODY), secret), unsigned])


CHANGES: list[Callable[[random.Random], Pair]] = [
    changed_body,
    signed_anew,
    changed_token,
    padded,
    changed_claims,
    changed_header,
    foreign,
]
