"""One documented thing that the API can do; routes and OpenAPI are both made of these."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import authenticate
from api.problems import tell
from api.services import Services

Endpoint = Callable[[Request[Services]], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """Its endpoint's docstring describes it; an `open` one needs no token.

    `answer` and `body` are shapes, or media types; `query` and `headers` say what each parameter means;
    `problems` are the codes beyond those that every operation of its kind can answer.
    """

    method: str
    path: str
    endpoint: Endpoint
    answer: Any = None
    status: int = 200
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()
    open: bool = False


def routes_of(operations: Sequence[Operation]) -> list[Route]:
    """One route per path, in the order given; operations on one path stand together."""
    by_path = groupby(operations, key=lambda one: one.path)
    return [route_of(path, {one.method: one for one in same}) for path, same in by_path]


def route_of(path: str, operations: Mapping[str, Operation]) -> Route:
    by_method = dict(operations)
    if "GET" in operations:
        by_method["HEAD"] = operations["GET"]

    async def endpoint(request: Request[Services]) -> Response:
        operation = by_method[request.method]
        try:
            if not operation.open:
                await authenticate(request)
            return await operation.endpoint(request)
        except Exception as error:
            return await tell(request, error)

    return Route(path, endpoint, methods=list(operations))
