"""The web front."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.docs import readable
from api.openapi import describe
from api.operations import Operation, Place, routes_of
from api.pages import page
from api.problems import problem_of
from api.routes import FILE, LIVEKIT, OPERATIONS, PAGES
from api.services import Services
from api.web import FILES


class Front(Starlette):
    """Answers LiveKit before anything looks at what else there is: its events come in floods."""

    livekit = Place({LIVEKIT.method: LIVEKIT})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == LIVEKIT.path and scope["method"] == LIVEKIT.method:
            await self.livekit(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(services: Services) -> Starlette:
    """The whole front; it hears of changes and serves until its lifespan ends."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Services]:
        hearing = asyncio.create_task(services["changes"].listen())
        try:
            yield services
        finally:
            await services["classrooms"].errands.stop()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def tell(request: Request, error: Exception) -> Response:
        return problem_of(error).answer(services["public_url"])

    offered = [one for one in OPERATIONS if services["buckets"] or one.path != FILE]
    return Front(
        routes=[*routes_of([*offered, *self_description(offered, services["public_url"]), *PAGES]), FILES],
        exception_handlers={HTTPException: tell},
        lifespan=lifespan,
    )


def self_description(offered: Sequence[Operation], public_url: str) -> list[Operation]:
    """Where the API describes itself."""

    async def openapi(request: Request[Services]) -> Response:
        return document

    async def docs(request: Request[Services]) -> Response:
        return pages

    document = JSONResponse(describe(offered, public_url))
    pages = page("TutorLingua Studio: the API", readable(offered))
    return [
        Operation("GET", "/api/openapi.json", openapi, dict, open=True),
        Operation("GET", "/docs", docs, "text/html", open=True),
    ]
