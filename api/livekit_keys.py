"""Whether LiveKit has signed a webhook."""

import hmac
import json
import time
from base64 import b64decode
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

LEEWAY = 60

UNPADDED_OR_PADDED = (43, 44)
FROM_URL, TO_URL = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


class LiveKitKeys:
    """API keys and their secrets; several while they are rotated."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        if not secrets or not all(name and secret for name, secret in secrets.items()):
            raise ValueError("LiveKit's webhooks cannot be checked with an empty API key or secret.")
        self.keys = {name: hmac.new(secret.encode(), digestmod="sha256") for name, secret in secrets.items()}

    def signed(self, body: bytes, token: str) -> bool:
        """Whether the token was made, by one of these keys and lately, for exactly these bytes.

        A JWT by HS256 (RFC 7515, 7519) whose `sha256` is the body's hash in base64. The verdicts are those of
        livekit-api's WebhookReceiver at a small part of its cost.
        """
        try:
            signing_input, _, signature = token.encode().rpartition(b".")
            header, _, payload = signing_input.partition(b".")
            claims = read_claims(decoded(payload))
            key = self.keys[claims["iss"]].copy()
            key.update(signing_input)
            own = encoded(key.digest())
            return (
                len(signature) in UNPADDED_OR_PADDED
                and hmac.compare_digest(own[: len(signature)], signature)
                and is_hs256(header)
                and is_valid(claims, time.time())
                and hmac.compare_digest(b64decode(claims["sha256"]), sha256(body).digest())
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return False


def decoded(segment: bytes) -> bytes:
    """A segment of a JWT; raises ValueError for anything but the one right spelling, padded or not."""
    plain = a2b_base64(segment.translate(FROM_URL) + b"==")
    padded = encoded(plain)
    if segment not in (padded, padded.rstrip(b"=")):
        raise ValueError
    return plain


def encoded(plain: bytes) -> bytes:
    return b2a_base64(plain, newline=False).translate(TO_URL)


def read_claims(payload: bytes) -> dict[str, Any]:
    """The claims; the slower reader takes what JSON does not know, such as NaN, and so does the receiver's."""
    try:
        claims = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        claims = json.loads(payload)
    if not isinstance(claims, dict):
        raise TypeError
    return claims


@lru_cache(maxsize=16)
def is_hs256(segment: bytes) -> bool:
    header = json.loads(decoded(segment))
    known = "crit" not in header or (header["crit"] == ["b64"] and "b64" in header)
    attached = header.get("b64", True) is not False
    return header["alg"] == "HS256" and isinstance(header.get("kid", ""), str) and known and attached


def is_valid(claims: dict[str, Any], now: float) -> bool:
    latest = now + LEEWAY
    return (
        int(claims.get("iat", now)) <= latest
        and int(claims.get("nbf", now)) <= latest
        and int(claims["exp"]) > now - LEEWAY
        and not claims.get("aud")
        and isinstance(claims.get("sub", ""), str)
        and isinstance(claims.get("jti", ""), str)
    )
