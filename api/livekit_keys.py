"""Whether LiveKit has signed a webhook."""

import hmac
import json
import time
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

LEEWAY = 60


class LiveKitKeys:
    """API keys and their secrets; several while they are rotated."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        if not secrets or not all(name and secret for name, secret in secrets.items()):
            raise ValueError("LiveKit's webhooks cannot be checked with an empty API key or secret.")
        self.secrets = {name: secret.encode() for name, secret in secrets.items()}

    def signed(self, body: bytes, token: str) -> bool:
        """Whether the token was made, by one of these keys and lately, for exactly these bytes.

        A JWT by HS256 (RFC 7515, 7519) whose `sha256` is the body's hash in base64. The verdicts are those of
        livekit-api's WebhookReceiver at a small part of its cost.
        """
        try:
            signing_input, _, signature = token.encode().rpartition(b".")
            header, _, payload = signing_input.partition(b".")
            claims = json.loads(decoded(payload))
            own = hmac.digest(self.secrets[claims["iss"]], signing_input, "sha256")
            return (
                hmac.compare_digest(own, decoded(signature))
                and is_hs256(header)
                and is_valid(claims, time.time())
                and hmac.compare_digest(b64decode(claims["sha256"]), sha256(body).digest())
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return False


def decoded(segment: bytes) -> bytes:
    """A segment of a JWT; raises ValueError for anything but the one right spelling, padded or not."""
    plain = urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    padded = urlsafe_b64encode(plain)
    if segment not in (padded, padded.rstrip(b"=")):
        raise ValueError
    return plain


@lru_cache(maxsize=16)
def is_hs256(segment: bytes) -> bool:
    header = json.loads(decoded(segment))
    known = "crit" not in header or (header["crit"] == ["b64"] and "b64" in header)
    attached = header.get("b64", True) is not False
    return header["alg"] == "HS256" and isinstance(header.get("kid", ""), str) and known and attached


def is_valid(claims: dict[str, Any], now: float) -> bool:
    begun = all(int(claims[name]) <= now + LEEWAY for name in ("iat", "nbf") if name in claims)
    names = all(isinstance(claims.get(name, ""), str) for name in ("sub", "jti"))
    return begun and int(claims["exp"]) > now - LEEWAY and names and not claims.get("aud")
