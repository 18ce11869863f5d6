"""Signed addresses that open one classroom, for people without an account."""

import hmac
import time
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OctKey

from api.user_tokens import BadToken, tokens_by_secret

AUDIENCE = "studio-room"
PURPOSE = b"links to classrooms"
CLAIM = "room_link"


class RoomLinks:
    """Whoever knows `secret` can sign; the key that is made of it serves no other purpose."""

    def __init__(self, base_url: str, secret: str) -> None:
        key = hmac.digest(secret.encode(), PURPOSE, "sha256").hex()
        self.base_url = base_url
        self.key = OctKey.import_key(key)
        self.tokens = tokens_by_secret(key, AUDIENCE)

    def link_for(self, booking_id: str, person_id: str, until: datetime) -> str:
        """The address for one person, an id in `profiles` or `students`; what follows `#` is sent to no server."""
        return f"{self.base_url}/{booking_id}/room#t={self.token_for(booking_id, person_id, until)}"

    def token_for(self, booking_id: str, person_id: str, until: datetime) -> str:
        """A JWT by HS256 (RFC 7519)."""
        claims = {
            "aud": AUDIENCE,
            "sub": person_id,
            "booking": booking_id,
            "iat": int(time.time()),
            "exp": int(until.timestamp()),
        }
        return jwt.encode({"alg": "HS256"}, claims, self.key)

    async def claims(self, token: str) -> dict[str, Any]:
        """What Postgres is told of whoever comes by a link: no `sub`, so nothing but this one booking is hers.

        Raises BadToken.
        """
        told = await self.tokens.claims(token)
        try:
            link = {"booking": str(UUID(told["booking"])), "person": told["sub"]}
        except (KeyError, ValueError, TypeError, AttributeError):
            raise BadToken from None
        return {"role": "authenticated", "exp": told["exp"], CLAIM: link}
