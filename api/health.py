"""Whether this process lives, and whether it can do its work."""

from datetime import timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from temporalio.client import Client
from temporalio.service import RPCError

from api.bodies import as_json
from api.services import Services
from db.inbox import waiting_count
from db.revisions import is_migrated


class Health(msgspec.Struct):
    status: str


class Readiness(msgspec.Struct):
    """`status` is ready, degraded (Temporal is away: events wait in the inbox) or unavailable."""

    status: str
    database: str
    temporal: str
    inbox_waiting: int | None


async def healthz(request: Request[Services]) -> Response:
    """This process answers."""
    return as_json(Health("ok"))


async def readyz(request: Request[Services]) -> Response:
    """200 when the database answers and is migrated; without Temporal it is degraded, and still takes events."""
    database, waiting = await database_state(request.state)
    temporal = await temporal_state(request.state["temporal"])
    ready = database == "ready"
    status = "unavailable" if not ready else "ready" if temporal == "ready" else "degraded"
    return as_json(Readiness(status, database, temporal, waiting), 200 if ready else 503)


async def database_state(services: Services) -> tuple[str, int | None]:
    try:
        async with services["sessions"]() as session:
            if not await is_migrated(lambda statement: session.scalar(text(statement))):
                return "not_migrated", None
            return "ready", await waiting_count(session)
    except (OSError, SQLAlchemyError):
        return "unavailable", None


async def temporal_state(temporal: Client) -> str:
    """Whether Temporal answers; a lazy client says RuntimeError when it cannot connect."""
    try:
        healthy = await temporal.service_client.check_health(timeout=timedelta(seconds=2))
    except (RPCError, RuntimeError):
        healthy = False
    return "ready" if healthy else "unavailable"
