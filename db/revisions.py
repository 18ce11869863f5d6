"""At which revision a database stands."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

VERSIONS = Path(__file__).parent / "migrations" / "versions"
DIGITS = 4


def newest_revision() -> str:
    """The number of the newest revision; Alembic, which takes a while to import, is not needed to know it."""
    return max(file.name for file in VERSIONS.glob("[0-9]*_*.py"))[:DIGITS]


async def is_migrated(ask: Callable[[str], Awaitable[Any]]) -> bool:
    """Whether a database stands at the newest revision, or beyond it, while older programs are being replaced.

    `ask` gives the one value that a statement returns.
    """
    if await ask("SELECT to_regclass('studio.alembic_version')") is None:
        return False
    return str(await ask("SELECT version_num FROM studio.alembic_version"))[:DIGITS] >= newest_revision()
