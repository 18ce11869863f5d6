"""Whether LiveKit has signed a webhook."""

import hmac
import json
import time
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

LEEWAY = 60

UNPADDED_OR_PADDED = (43, 44)
FROM_URL, TO_URL = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


class Claims(msgspec.Struct, gc=False):
    """What a token says, as far as it is asked."""

    iss: str
    exp: Any
    sha256: str
    iat: Any = 0
    nbf: Any = 0
    aud: Any = None
    sub: str = ""
    jti: str = ""

    def hold_at(self, now: float) -> bool:
        begun = int(self.iat) <= now + LEEWAY and int(self.nbf) <= now + LEEWAY
        return begun and int(self.exp) > now - LEEWAY and not self.aud


DECODER = msgspec.json.Decoder(Claims)


class LiveKitKeys:
    """API keys and their secrets; several while they are rotated."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        if not secrets or not all(name and secret for name, secret in secrets.items()):
            raise ValueError("LiveKit's webhooks cannot be checked with an empty API key or secret.")
        self.signers = {name: hmac.new(secret.encode(), digestmod="sha256") for name, secret in secrets.items()}

    def signed(self, body: bytes, token: str) -> bool:
        """Whether the token was made, by one of these keys and lately, for exactly these bytes.

        A JWT by HS256 (RFC 7515, 7519) whose `sha256` is the body's hash in base64. The verdicts are those of
        livekit-api's WebhookReceiver at a small part of its cost.
        """
        try:
            signing_input, _, signature = token.encode().rpartition(b".")
            header, _, payload = signing_input.partition(b".")
            claims = read_claims(decoded(payload))
            own = encoded(self.signature(claims.iss, signing_input))
            return (
                len(signature) in UNPADDED_OR_PADDED
                and hmac.compare_digest(own[: len(signature)], signature)
                and is_hs256(header)
                and claims.hold_at(time.time())
                and hmac.compare_digest(a2b_base64(claims.sha256), sha256(body).digest())
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return False

    def signature(self, key: str, signing_input: bytes) -> bytes:
        """HS256 with a secret that was hashed once: a copy is what costs least. Raises KeyError."""
        signer = self.signers[key].copy()
        signer.update(signing_input)
        return signer.digest()


def decoded(segment: bytes) -> bytes:
    """A segment of a JWT; odd spellings need no look, they are signed as they stand."""
    return a2b_base64(segment.translate(FROM_URL) + b"==")


def encoded(plain: bytes) -> bytes:
    return b2a_base64(plain, newline=False).translate(TO_URL)


def read_claims(payload: bytes) -> Claims:
    """The claims; the slower reader takes what is not quite JSON, such as NaN, and so does the receiver's."""
    try:
        return DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.convert(json.loads(payload), Claims)


@lru_cache(maxsize=16)
def is_hs256(segment: bytes) -> bool:
    header = json.loads(decoded(segment))
    known = "crit" not in header or (header["crit"] == ["b64"] and "b64" in header)
    attached = header.get("b64", True) is not False
    return header["alg"] == "HS256" and isinstance(header.get("kid", ""), str) and known and attached
