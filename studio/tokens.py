"""Tokens for the API of a studio that signs with a secret of its own."""

import time

from joserfc import jwt
from joserfc.jwk import OctKey

from studio.keys import keys_of
from studio.settings import Auth, Settings
from studio.trouble import Trouble

VALID_FOR = 12 * 3600
Claims = dict[str, str | int]


def minted(person: str, settings: Settings) -> tuple[str, Claims]:
    """A token that speaks for a person from now on, and what it says; raises Trouble where none can be made."""
    claims = claims_of(person, settings.auth, int(time.time()))
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret_of(settings))), claims


def claims_of(person: str, auth: Auth, now: int) -> Claims:
    """What Supabase writes into a signed-in person's token."""
    claims: Claims = {
        "sub": person,
        "role": "authenticated",
        "aud": auth.audience,
        "iat": now,
        "exp": now + VALID_FOR,
    }
    return claims | ({"iss": auth.issuer} if auth.issuer else {})


def secret_of(settings: Settings) -> str:
    if settings.auth.jwt_secret:
        return settings.auth.jwt_secret.get_secret_value()
    if settings.auth.jwks_url:
        raise Trouble(
            "Tokens come from whoever owns STUDIO_AUTH__JWKS_URL: to make them here, set STUDIO_AUTH__JWT_SECRET."
        )
    return keys_of(settings.home).jwt
