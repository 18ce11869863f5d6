"""Whose token is good: by a secret or by published keys, and by nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.user_tokens import BadToken, KeysUnavailable, PublishedKeys, UserTokens, tokens_by_jwks, tokens_by_secret
from studio.ports import any_port
from tests.api.conftest import School, serving
from tests.api.signing import PEOPLE_SECRET, jwt_of, segment, token_of

ME = str(uuid4())


@pytest.fixture
def tokens() -> UserTokens:
    return tokens_by_secret(PEOPLE_SECRET)


async def test_a_token_tells_who_asks(tokens: UserTokens) -> None:
    assert (await tokens.claims(token_of(ME, email="lucia@students.example")))["sub"] == ME
    assert (await tokens.claims(token_of(ME.upper())))["sub"] == ME
    assert (await tokens.claims(token_of(ME, aud=["other", "authenticated"])))["sub"] == ME


NOW = int(time.time())
BAD: list[str] = [
    "",
    "x",
    "x.y.z",
    token_of(ME)[:-2],
    token_of(ME) + "x",
    token_of(ME, exp=NOW - 3600),
    token_of(ME, exp=None),
    token_of(ME, exp="soon"),
    token_of(ME, exp=True),
    token_of(ME, nbf=NOW + 3600),
    token_of(ME, iat=NOW + 3600),
    token_of(ME, aud="anon"),
    token_of(ME, aud=None),
    token_of(ME, aud=[]),
    token_of(None),
    token_of("not-a-uuid"),
    token_of(""),
    token_of(f"{ME}' OR 1=1"),
    token_of(ME, email="lucia\x00@students.example"),
    token_of(ME, user_metadata={"name": ["Luc\x00a"]}),
    token_of(ME, **{"a\x00": 1}),
    token_of(ME, email="\ud800"),
    jwt_of({"sub": ME, "aud": "authenticated"}, PEOPLE_SECRET),
    jwt_of([ME], PEOPLE_SECRET),
    jwt_of({"sub": ME, "aud": "authenticated", "exp": NOW + 600}, "another secret of the same length or so"),
    jwt_of({"sub": ME, "aud": "authenticated", "exp": NOW + 600}, PEOPLE_SECRET, {"alg": "HS512"}),
    jwt_of({"sub": ME, "aud": "authenticated", "exp": NOW + 600}, PEOPLE_SECRET, {"alg": "none"}),
    jwt_of({"sub": ME, "aud": "authenticated", "exp": NOW + 600}, PEOPLE_SECRET, {"alg": "RS256"}),
    jwt_of({"sub": ME, "aud": "authenticated", "exp": NOW + 600}, PEOPLE_SECRET, {"alg": "HS256", "crit": ["x"]}),
    segment(b'{"alg":"none"}') + "." + token_of(ME).split(".")[1] + ".",
    token_of(ME).replace(".", ".."),
    "é" * 30,
]


@pytest.mark.parametrize("token", BAD)
async def test_a_bad_token_is_refused(token: str, tokens: UserTokens) -> None:
    with pytest.raises(BadToken):
        await tokens.claims(token)


async def test_an_issuer_is_asked_for_where_one_is_named() -> None:
    tokens = tokens_by_secret(PEOPLE_SECRET, issuer="https://auth.example")
    assert (await tokens.claims(token_of(ME, iss="https://auth.example")))["sub"] == ME
    for token in (token_of(ME), token_of(ME, iss="https://other.example")):
        with pytest.raises(BadToken):
            await tokens.claims(token)


def test_an_empty_secret_refuses_to_start() -> None:
    with pytest.raises(ValueError, match="empty"):
        tokens_by_secret("")


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer"}, {"authorization": "Basic eA=="}])
async def test_without_a_token_the_way_to_sign_in_is_told(headers: dict[str, str], visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get("/api/lessons", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_bad_token_is_told_as_such(visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await visitor.get("/api/lessons", headers={"authorization": f"Bearer {BAD[0] or 'x'}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@dataclass
class Publisher:
    """Whoever owns the keys: it publishes them, and counts how often it is asked."""

    keys: list[ECKey | RSAKey]
    asked: int = 0
    broken: bool = False
    url: str = ""

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        if self.broken:
            return Response("down", 500)
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    def token(self, at: int = 0, **claims: Any) -> str:
        key = self.keys[at]
        usual = {"sub": ME, "aud": "authenticated", "exp": int(time.time()) + 600}
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": algorithm, "kid": key.kid}, usual | claims, key)


def ec() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    publisher = Publisher([ec()])
    async with serving(Starlette(routes=[Route("/keys", publisher.answer)])) as url:
        publisher.url = f"{url}/keys"
        yield publisher


async def test_published_keys_are_asked_for_once(publisher: Publisher) -> None:
    publisher.keys.append(RSAKey.generate_key(2048, auto_kid=True))
    tokens = tokens_by_jwks(publisher.url)
    told = await asyncio.gather(*(tokens.claims(publisher.token(number % 2)) for number in range(10)))
    assert {claims["sub"] for claims in told} == {ME}
    assert publisher.asked == 1


async def test_a_new_key_is_found_and_an_old_one_is_gone(publisher: Publisher) -> None:
    tokens = UserTokens(PublishedKeys(publisher.url, at_most_every=0).keys, ("ES256",), "authenticated", None)
    old = publisher.token()
    await tokens.claims(old)
    publisher.keys = [ec()]
    await tokens.claims(publisher.token())
    assert publisher.asked == 2
    with pytest.raises(BadToken):
        await tokens.claims(old)


async def test_unknown_keys_do_not_make_us_ask_again_and_again(publisher: Publisher) -> None:
    tokens = tokens_by_jwks(publisher.url)
    foreign = Publisher([ec()])
    for _ in range(5):
        with pytest.raises(BadToken):
            await tokens.claims(foreign.token())
    assert publisher.asked == 1


async def test_a_public_key_is_no_secret_to_sign_with(publisher: Publisher) -> None:
    public = KeySet(list(publisher.keys)).as_dict(private=False)["keys"][0]
    tokens, claims = tokens_by_jwks(publisher.url), {"sub": ME, "aud": "authenticated", "exp": NOW + 600}
    for secret in (publisher.keys[0].as_pem(private=False).decode(), str(public["x"])):
        with pytest.raises(BadToken):
            await tokens.claims(jwt_of(claims, secret, {"alg": "HS256", "kid": public["kid"]}))


async def test_kept_keys_go_on_while_their_owner_is_down(publisher: Publisher) -> None:
    keys = PublishedKeys(publisher.url, at_most_every=0)
    tokens = UserTokens(keys.keys, ("ES256",), "authenticated", None)
    await tokens.claims(publisher.token())
    publisher.broken, keys.asked = True, keys.asked - 3600
    await tokens.claims(publisher.token())
    assert publisher.asked == 2


async def test_without_any_keys_nobody_is_let_in() -> None:
    tokens = tokens_by_jwks(f"http://127.0.0.1:{any_port()}/keys")
    with pytest.raises(KeysUnavailable):
        await tokens.claims(Publisher([ec()]).token())
