"""What the web front is given at start; `studio.fronting` fills it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypedDict

from temporalio.client import Client

from api.classrooms import Classrooms
from api.grouping import GroupedInbox
from api.livekit_keys import LiveKitKeys
from api.user_tokens import UserTokens
from db.changes import Changes
from db.session import Sessions
from lessons.opt_out import OptOutLinks
from lessons.ports import FileStore, Ledger
from providers.disk import DiskFileStore


class Services(TypedDict):
    """`temporal` is a lazy client, which connects when it is first needed: the front runs without Temporal.

    `public_url` is where people reach this front; `temporal_workflows`, if there is one, is the address under
    which the Web UI shows a workflow by its id; `buckets` are served under /files by their names, none where
    the storage serves them itself; `mailbox` is the folder of caught letters; `opt_out` knows the links by which
    people stop letters; `ledger_of` keeps what providers answer about a lesson.
    """

    sessions: Sessions
    inbox: GroupedInbox
    changes: Changes
    livekit: LiveKitKeys
    classrooms: Classrooms
    users: UserTokens
    recordings: FileStore
    buckets: Mapping[str, DiskFileStore]
    temporal: Client
    temporal_workflows: str | None
    public_url: str
    mailbox: Path | None
    opt_out: OptOutLinks
    ledger_of: Callable[[str], Ledger]
