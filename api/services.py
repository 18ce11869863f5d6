"""What the web front is given at start; `studio.fronting` fills it."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client

from api.changes import Changes
from api.grouping import GroupedInbox
from api.livekit_keys import LiveKitKeys
from api.user_tokens import UserTokens
from db.session import Sessions
from lessons.ports import FileStore
from providers.disk import DiskFileStore


class Services(TypedDict):
    """`temporal` is a lazy client, which connects when it is first needed: the front runs without Temporal.

    `public_url` is where people reach this front; `temporal_workflows`, if there is one, is the address under
    which the Web UI shows a workflow by its id; `buckets` are served under /files by their names; `mailbox` is
    the folder of caught letters.
    """

    sessions: Sessions
    is_migrated: Callable[[AsyncConnection], Awaitable[bool]]
    inbox: GroupedInbox
    changes: Changes
    livekit: LiveKitKeys
    users: UserTokens
    recordings: FileStore
    buckets: Mapping[str, DiskFileStore]
    temporal: Client
    temporal_workflows: str | None
    public_url: str
    mailbox: Path | None
