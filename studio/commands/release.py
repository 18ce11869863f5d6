import asyncio
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

import asyncpg
import typer
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError

from db import inbox
from studio.configuration import read_settings
from studio.locating import located
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import database


@dataclass(frozen=True)
class Aside:
    """An event that was set aside, and why."""

    id: str
    kind: str
    room: str
    received_at: datetime
    reason: str


def release(
    event_id: Annotated[
        str | None, typer.Argument(help="One event; without one, and without --all, they are listed.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were set aside.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let events that were set aside be tried again, once what stood in their way is mended."""
    released, aside = asyncio.run(let_go(located(read_settings()), event_id, every))
    if as_json:
        sys.stdout.buffer.write(to_json({"released": released, "set_aside": [asdict(one) for one in aside]}) + b"\n")
        return
    sys.stdout.writelines(f"{one} is tried again\n" for one in released)
    sys.stdout.writelines(
        f"{one.id}  {one.kind}  {one.room}  {one.received_at:%Y-%m-%d %H:%M}  {one.reason}\n" for one in aside
    )


async def let_go(settings: Settings, event_id: str | None, every: bool) -> tuple[list[str], list[Aside]]:
    """Release one event, or all, or none; return the ids of those, and what is still aside."""
    if settings.database.url is None:
        raise Trouble("No database is named: set STUDIO_DATABASE__URL, or start a studio with `studio up`.")
    try:
        async with database(settings) as sessions, sessions.begin() as session:
            released = await inbox.release(session, event_id) if event_id or every else []
            rows = await inbox.events_set_aside(session)
    except (OSError, asyncpg.PostgresError, SQLAlchemyError) as error:
        where = settings.database.safe_url
        raise Trouble(f"The database {where} does not answer ({type(error).__name__}): run `studio doctor`.") from None
    if event_id and not released:
        raise Trouble(f"{event_id} stays: no such event was set aside, or its booking is still unknown.")
    return released, [Aside(one.id, one.kind, one.room, one.received_at, one.set_aside or "") for one in rows]
