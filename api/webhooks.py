"""LiveKit tells what happened in a room; it is stored, committed, and answered. Nothing is processed here."""

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_body
from api.grouping import Unstorable
from api.livekit_events import NoEvent, event_in
from api.problems import Problem
from api.services import Services

LARGEST = 256 * 1024
TAKEN = Response()


async def livekit(request: Request[Services]) -> Response:
    """Take a signed event: 200 once it is durable, and for one that is known or of no interest."""
    services: Services = request.scope["state"]
    body, token = await read_body(request, LARGEST), dict(request.scope["headers"]).get(b"authorization", b"")
    if not services["livekit"].signed(body, token.decode("latin-1")):
        raise Problem("bad_signature")
    try:
        if arrival := event_in(body).arrival():
            await services["inbox"].store(arrival)
    except (NoEvent, Unstorable):
        raise Problem("unparsable") from None
    except (OSError, SQLAlchemyError):
        raise Problem("database_unavailable") from None
    return TAKEN
