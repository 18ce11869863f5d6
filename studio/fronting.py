"""Puts the web front together as the settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from api.app import create_app
from api.changes import Changes
from api.grouping import GroupedInbox
from api.livekit_keys import LiveKitKeys
from api.services import Services
from api.user_tokens import UserTokens, tokens_by_jwks, tokens_by_secret
from studio.migrating import is_migrated
from studio.settings import Inbox, Settings, Temporal
from studio.wiring import BUCKETS, bucket, database, public_url, temporal_client


@asynccontextmanager
async def front(settings: Settings) -> AsyncIterator[Starlette]:
    """The web front, with all it is given; it also starts where Temporal is down."""
    async with database(settings) as sessions:
        client = await temporal_client(settings.temporal, lazy=True)
        buckets = {name: bucket(settings, name) for name in BUCKETS}
        yield create_app(
            Services(
                sessions=sessions,
                is_migrated=is_migrated,
                inbox=GroupedInbox(sessions),
                changes=Changes(settings.database.plain_url),
                livekit=LiveKitKeys(livekit_secrets(settings)),
                users=user_tokens(settings),
                recordings=buckets["recordings"],
                buckets=buckets,
                temporal=client,
                temporal_workflows=workflows_at(settings.temporal),
                public_url=public_url(settings),
                mailbox=settings.home / "inbox" if isinstance(settings.mail, Inbox) else None,
            )
        )


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
