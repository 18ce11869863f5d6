"""LiveKit tells what happened in a room; what ends a lesson is stored, committed, and answered. Nothing is processed.

People who come and go only have the room looked at sooner: whoever watches it sees for herself.
"""

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_body_within
from api.grouping import Unstorable
from api.livekit_events import NoEvent, event_in
from api.problems import Problem
from api.services import Services

LARGEST = 256 * 1024
TAKEN = Response()


async def livekit(request: Request[Services]) -> Response:
    """Take a signed event: 200 once it is durable, and for one that is known or of no interest."""
    services: Services = request.scope["state"]
    body = await read_body_within(request, LARGEST, services["inbox"].deadline)
    token = dict(request.scope["headers"]).get(b"authorization", b"")
    if not services["livekit"].signed(body, token.decode("latin-1")):
        raise Problem("bad_signature")
    try:
        event = event_in(body)
        if arrival := event.arrival():
            await services["inbox"].store(arrival)
        elif room := event.stirs():
            services["classrooms"].doorbell.ring(room)
    except (NoEvent, Unstorable):
        raise Problem("unparsable") from None
    except (OSError, SQLAlchemyError):
        raise Problem("database_unavailable") from None
    return TAKEN
