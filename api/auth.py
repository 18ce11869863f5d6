"""In whose name a request reads: Postgres decides by the person's claims what there is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from api.problems import Problem
from api.room_links import CLAIM
from api.services import Services
from api.user_tokens import BadToken, KeysUnavailable
from db.lessons import lesson_of
from db.models import LessonState
from db.session import as_person
from lessons.consent import Way

REALM = 'Bearer realm="TutorLingua Studio"'


@dataclass(frozen=True)
class Person:
    """Whoever asks, and a session that shows and changes only what she may; who comes by a link has no id."""

    id: str
    session: AsyncSession

    async def lesson(self, lesson_id: str) -> LessonState:
        """The lesson; raises Problem where there is none that she may see."""
        lesson = await lesson_of(self.session, lesson_id)
        if lesson is None:
            raise Problem("not_found")
        return lesson

    async def own_lesson(self, lesson_id: str) -> LessonState:
        """The lesson if she is its tutor; raises Problem."""
        lesson = await self.lesson(lesson_id)
        if not self.teaches(lesson):
            raise Problem("tutor_only")
        return lesson

    def teaches(self, lesson: LessonState) -> bool:
        return lesson.tutor_id == self.id


async def authenticate(request: Request[Services], by_link: bool = False) -> None:
    """Note whose request it is; raises Problem. The router does so before every endpoint that is not open.

    A link to a classroom does `by_link`: Postgres then shows that one booking and nothing else.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("no_token", headers={"www-authenticate": REALM})
    try:
        request.scope["claims"] = await claims_in(request.state, token.strip(), by_link)
    except BadToken:
        challenge = f'{REALM}, error="invalid_token"'
        raise Problem("bad_token", headers={"www-authenticate": challenge}) from None
    except KeysUnavailable:
        raise Problem("keys_unavailable") from None


async def claims_in(services: Services, token: str, by_link: bool) -> dict[str, Any]:
    """What a token says; nobody but us says whose link it is. Raises BadToken, KeysUnavailable."""
    if by_link:
        with suppress(BadToken):
            return await services["classrooms"].links.claims(token)
    claims = await services["users"].claims(token)
    claims.pop(CLAIM, None)
    return claims


def claims_of(request: Request[Services]) -> dict[str, Any]:
    """The claims of the token by which the request was authenticated."""
    claims: dict[str, Any] = request.scope["claims"]
    return claims


def way_of(request: Request[Services]) -> Way:
    """How whoever asks has come."""
    return Way.LINK if CLAIM in claims_of(request) else Way.ACCOUNT


@asynccontextmanager
async def asking(request: Request[Services]) -> AsyncIterator[Person]:
    """The person who asks, in one transaction in her name."""
    claims = claims_of(request)
    async with as_person(request.state["sessions"], claims) as session:
        yield Person(claims.get("sub", ""), session)
