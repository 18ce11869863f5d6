"""What Temporal keeps of a lesson can be sealed, so that whoever runs the cluster reads nothing (AES-256-GCM)."""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING = b"binary/encrypted"
NONCE = 12


class WrongKey(Exception):
    """Something was sealed with another key than STUDIO_TEMPORAL__PAYLOAD_KEY."""


class Sealing(PayloadCodec):
    """Seals payloads with a key of 32 bytes, and opens them; what was never sealed is read as it is."""

    def __init__(self, key: bytes) -> None:
        self.cipher = AESGCM(key)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self.sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises WrongKey."""
        return [
            self.opened(payload.data) if payload.metadata.get("encoding") == ENCODING else payload
            for payload in payloads
        ]

    def sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE)
        data = nonce + self.cipher.encrypt(nonce, payload.SerializeToString(), None)
        return Payload(metadata={"encoding": ENCODING}, data=data)

    def opened(self, data: bytes) -> Payload:
        try:
            return Payload.FromString(self.cipher.decrypt(data[:NONCE], data[NONCE:], None))
        except InvalidTag:
            raise WrongKey from None
