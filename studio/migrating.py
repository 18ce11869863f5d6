"""Brings a database to the newest revision: `python -m studio.migrating`, which reads its URL from stdin."""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"


async def migrate(url: str) -> None:
    """Upgrade the database at `postgresql+asyncpg://...` to the newest revision; twice is once."""
    config = Config(ALEMBIC_INI)
    config.attributes["url"] = url
    await asyncio.to_thread(command.upgrade, config, "head")


if __name__ == "__main__":
    asyncio.run(migrate(sys.stdin.read()))
