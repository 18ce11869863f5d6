"""Puts the web front together as the settings say."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from starlette.applications import Starlette

from activities.ledger import Ledgers
from api.app import create_app
from api.classrooms import Classrooms
from api.doorbell import Doorbell
from api.grouping import GroupedInbox
from api.livekit_keys import LiveKitKeys
from api.services import Services
from api.user_tokens import UserTokens, tokens_by_jwks, tokens_by_secret
from db.changes import Changes
from lessons.ports import Rooms
from providers.disk import DiskFileStore
from studio.checking.rooms import log_trouble
from studio.checking.storage import refuse_bad_buckets
from studio.inviting import hours_of, room_links
from studio.locating import public_url
from studio.settings import Inbox, Settings, Temporal
from studio.wiring import (
    BUCKETS,
    NO_LIVEKIT,
    bucket,
    database,
    livekit_rooms,
    opt_out_links,
    prices,
    temporal_client,
)


@asynccontextmanager
async def front(settings: Settings) -> AsyncIterator[Starlette]:
    """The web front, with all it is given; it also starts where Temporal is down."""
    await refuse_bad_buckets(settings)
    async with database(settings) as sessions, livekit_rooms(settings) as rooms, beside(log_trouble(settings)):
        client = await temporal_client(settings.temporal, lazy=True)
        buckets = {name: bucket(settings, name) for name in BUCKETS}
        yield create_app(
            Services(
                sessions=sessions,
                inbox=GroupedInbox(sessions),
                changes=Changes(settings.database.plain_url),
                livekit=LiveKitKeys(livekit_secrets(settings)),
                classrooms=classrooms(settings, rooms, Doorbell(sessions)),
                users=user_tokens(settings),
                recordings=buckets["recordings"],
                buckets={name: one for name, one in buckets.items() if isinstance(one, DiskFileStore)},
                temporal=client,
                temporal_workflows=workflows_at(settings.temporal),
                public_url=public_url(settings),
                mailbox=settings.home / "inbox" if isinstance(settings.mail, Inbox) else None,
                opt_out=opt_out_links(settings),
                ledger_of=Ledgers(sessions, buckets["recordings"], Path(gettempdir()), prices(settings)).of,
            )
        )


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do something until the block is left, if it takes so long."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def classrooms(settings: Settings, rooms: Rooms, doorbell: Doorbell) -> Classrooms:
    """What lets people in; browsers find the LiveKit server where they are told to."""
    chosen = settings.livekit
    url = re.sub("^http", "ws", chosen.public_url or chosen.url or NO_LIVEKIT)
    return Classrooms(rooms, url, room_links(settings), doorbell, hours_of(settings.classroom))


def livekit_secrets(settings: Settings) -> dict[str, str]:
    """Every key that may sign a webhook; older ones while they are rotated."""
    chosen = settings.livekit
    older = {name: secret.get_secret_value() for name, secret in chosen.older_keys.items()}
    return older | {chosen.api_key: chosen.api_secret.get_secret_value() if chosen.api_secret else ""}


def user_tokens(settings: Settings) -> UserTokens:
    auth = settings.auth
    if auth.jwks_url:
        return tokens_by_jwks(auth.jwks_url, auth.audience, auth.issuer)
    secret = auth.jwt_secret.get_secret_value() if auth.jwt_secret else ""
    return tokens_by_secret(secret, auth.audience, auth.issuer)


def workflows_at(chosen: Temporal) -> str | None:
    """Where the Web UI shows a workflow by its id."""
    return f"{chosen.ui_url}/namespaces/{chosen.namespace}/workflows" if chosen.ui_url else None
