"""Who asks: the JWT of a signed-in person, as Supabase issues it (RFC 7519)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

LEEWAY = 30
KEPT = 600.0
AT_MOST_EVERY = 10.0

Keys = Callable[[bool], Awaitable[OctKey | KeySet]]
"""Gives the keys in use; told True, it asks whoever owns them again."""


class BadToken(Exception):
    """The token is not one of ours, not for us, or not valid now."""


class KeysUnavailable(Exception):
    """Whoever owns the keys does not answer, and none are kept."""


class UserTokens:
    """Reads tokens signed by the algorithms given, with exp, for `audience`, and by `issuer` where one is named."""

    def __init__(self, keys: Keys, algorithms: tuple[str, ...], audience: str, issuer: str | None) -> None:
        self.keys = keys
        self.algorithms = algorithms
        by_issuer: ClaimsOption = {"essential": True, "value": issuer} if issuer else {"essential": False}
        self.rules = JWTClaimsRegistry(
            leeway=LEEWAY,
            exp={"essential": True},
            sub={"essential": True},
            aud={"essential": True, "value": audience},
            iss=by_issuer,
        )

    async def claims(self, token: str) -> dict[str, Any]:
        """The token's claims; `sub` is the person's id. Raises BadToken, KeysUnavailable."""
        try:
            claims = await self.decoded(token)
            self.rules.validate(claims)
            refuse_unstorable(claims)
            return claims | {"sub": str(UUID(claims["sub"]))}
        except (JoseError, ValueError, TypeError, RecursionError):
            raise BadToken from None

    async def decoded(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, await self.keys(False), self.algorithms).claims
        except InvalidKeyIdError:
            return jwt.decode(token, await self.keys(True), self.algorithms).claims


def refuse_unstorable(claims: dict[str, Any]) -> None:
    """Raise ValueError for claims that Postgres, which decides by them, cannot hold: no text of it has a NUL."""
    if b"\\u0000" in msgspec.json.encode(claims):
        raise ValueError


def tokens_by_secret(secret: str, audience: str = "authenticated", issuer: str | None = None) -> UserTokens:
    """Tokens by HS256 with one secret; raises ValueError for an empty one."""
    if not secret:
        raise ValueError("People's tokens cannot be checked with an empty secret.")
    key = OctKey.import_key(secret)

    async def keys(again: bool) -> OctKey:
        return key

    return UserTokens(keys, ("HS256",), audience, issuer)


def tokens_by_jwks(url: str, audience: str = "authenticated", issuer: str | None = None) -> UserTokens:
    """Tokens by the public keys that a URL tells (RFC 7517)."""
    return UserTokens(PublishedKeys(url).keys, ("ES256", "RS256"), audience, issuer)


class PublishedKeys:
    """The keys at a URL, kept for ten minutes; an unknown key id asks again, though not for every token."""

    def __init__(self, url: str, at_most_every: float = AT_MOST_EVERY) -> None:
        self.url = url
        self.at_most_every = at_most_every
        self.kept: KeySet | None = None
        self.asked = -KEPT
        self.asking = asyncio.Lock()

    async def keys(self, again: bool) -> KeySet:
        async with self.asking:
            age = time.monotonic() - self.asked
            if age > KEPT or ((again or self.kept is None) and age > self.at_most_every):
                await self.ask()
        if self.kept is None:
            raise KeysUnavailable
        return self.kept

    async def ask(self) -> None:
        """Ask for the keys; where they cannot be had, those kept go on."""
        self.asked = time.monotonic()
        try:
            async with httpx2.AsyncClient(timeout=5) as client:
                answer = (await client.get(self.url)).raise_for_status()
            self.kept = KeySet.import_key_set(answer.json())
        except (httpx2.HTTPError, httpx2.InvalidURL, JoseError, ValueError, KeyError, TypeError):
            return
