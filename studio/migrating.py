"""Brings a database to the newest revision."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"


async def migrate(url: str) -> None:
    """Upgrade the database at `postgresql+asyncpg://...` to the newest revision; twice is once."""
    config = Config(ALEMBIC_INI)
    config.attributes["url"] = url
    await asyncio.to_thread(command.upgrade, config, "head")


async def is_migrated(connection: AsyncConnection) -> bool:
    """Whether the database stands at the newest revision."""
    newest = ScriptDirectory.from_config(Config(ALEMBIC_INI)).get_current_head()
    return await connection.run_sync(revision_of) == newest


def revision_of(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "studio"})
    return context.get_current_revision()
