"""LiveKit tells what happened in a room; what ends a lesson is stored, committed, and answered. Nothing is processed.

People who come and go only have the room looked at sooner: whoever watches it sees for herself.
"""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_body
from api.eager import Eager
from api.grouping import Unstorable
from api.livekit_events import NoEvent, event_in
from api.problems import Problem
from api.services import Services
from lessons.errors import DatabaseUnavailable

LARGEST = 256 * 1024
TAKEN = Response()


async def livekit(request: Request[Services]) -> Response:
    """Take a signed event: 200 once it is durable, and for one that is known or of no interest."""
    services: Services = request.scope["state"]
    body = Eager(read_body(request, LARGEST))
    try:
        if body.done:
            await take(body.result, request, services)
        else:
            async with asyncio.timeout(services["inbox"].deadline):
                await take(await body, request, services)
    except (NoEvent, Unstorable):
        raise Problem("unparsable") from None
    except (OSError, SQLAlchemyError):
        raise DatabaseUnavailable if body.done else too_slow() from None
    return TAKEN


async def take(body: bytes, request: Request[Services], services: Services) -> None:
    """Store the event within the inbox's deadline, where it ends a lesson; raises Problem for a bad signature."""
    token = dict(request.scope["headers"]).get(b"authorization", b"")
    if not services["livekit"].signed(body, token.decode("latin-1")):
        raise Problem("bad_signature")
    event = event_in(body)
    if arrival := event.arrival():
        await services["inbox"].store(arrival)
    elif room := event.stirs():
        services["classrooms"].doorbell.ring(room)


def too_slow() -> Problem:
    """Nothing is to be said to a sender that stalls: the connection ends with the answer."""
    return Problem("body_too_slow", headers={"connection": "close"})
