"""One documented thing that the API can do; routes and OpenAPI are both made of these."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.auth import authenticate
from api.problems import tell
from api.services import Services

Endpoint = Callable[[Request[Services]], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """Its endpoint's docstring describes it; an `open` one needs no token.

    `answer` and `body` are shapes, or media types, or several of them; `also` are good answers of another status, and
    those that tell a fault without a problem. `query` and `headers` say what each parameter means;
    `problems` are the codes beyond those that every operation of its kind can answer; `fault` is the shape in which
    they are told where that is not a problem. A link to a classroom opens what is `linked`.
    """

    method: str
    path: str
    endpoint: Endpoint
    answer: Any = None
    status: int = 200
    also: Mapping[int, Any] = field(default_factory=dict)
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()
    fault: Callable[[str], Any] | None = None
    open: bool = False
    linked: bool = False


class Place:
    """An ASGI application that answers for every operation on one path, and tells whatever goes wrong as a problem."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self.operations = dict(operations)
        if "GET" in operations:
            self.operations["HEAD"] = operations["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request[Services] = Request(scope, receive, send)
        operation = self.operations[request.method]
        try:
            if not operation.open:
                await authenticate(request, operation.linked)
            response = await operation.endpoint(request)
        except Exception as error:
            response = await tell(request, error, operation.fault)
        await response(scope, receive, send)


def routes_of(operations: Sequence[Operation]) -> list[Route]:
    """One route per path, in the order given; operations on one path stand together."""
    by_path = [
        (path, {one.method: one for one in same}) for path, same in groupby(operations, key=lambda one: one.path)
    ]
    return [Route(path, Place(named), methods=list(named)) for path, named in by_path]
