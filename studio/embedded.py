"""A whole studio in one process tree on this machine; what a setting points elsewhere is not started."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from studio.children import Part, Tell, answers, side_by_side
from studio.configuration import environment_of
from studio.keys import keys_of
from studio.locating import completed, placed, reachable
from studio.migrating import migrate
from studio.ports import find_ports
from studio.postgres import postgres_server
from studio.running import Running, announced, held
from studio.seed import seed
from studio.settings import Inbox, Settings
from studio.temporal import temporal_server
from studio.trouble import Trouble

LEAST_DISK = 300 * 2**20
WORKER_READY = '"event": "worker ready"'


@asynccontextmanager
async def whole_studio(settings: Settings, tell: Tell) -> AsyncIterator[Running]:
    """Run every part until the block is left; the studio is ready when it is entered."""
    async with servers(settings, tell) as (running, complete):
        await migrate(complete.database.sqlalchemy_url)
        if settings.database.url is None:
            await seed(complete.database.sqlalchemy_url)
        async with side_by_side(our_own(complete), settings.home / "logs", tell):
            with announced(running):
                yield running


@asynccontextmanager
async def servers(settings: Settings, tell: Tell) -> AsyncIterator[tuple[Running, Settings]]:
    """Run database, Temporal and mail catcher until the block is left; with them the settings are complete.

    Raises Trouble where the home is held by another studio, a port is taken, or there is no space.
    """
    home = settings.home
    async with AsyncExitStack() as stack:
        stack.enter_context(held(home))
        refuse_full_disk(home)
        keys, ports = keys_of(home), find_ports(home / "ports.json", fixed_ports(settings))
        parts: list[Part] = []
        if settings.database.url is None:
            parts.append(postgres_server(home / "postgres", ports["database"], keys.database))
        if settings.temporal.address is None:
            parts.append(temporal_server(home / "temporal", ports["temporal"], ports["temporal_ui"]))
        if isinstance(settings.mail, Inbox):
            parts.append(mail_catcher(home / "inbox", ports["inbox"]))
        await stack.enter_async_context(side_by_side(parts, home / "logs", tell))
        running = placed(settings, ports, keys)
        yield running, completed(settings, running, keys)


def mail_catcher(folder: Path, port: int) -> Part:
    """A mail server that sends nothing on; in a process of its own, so that nobody else imports its wheel."""

    async def ready() -> bool:
        return await answers("127.0.0.1", port)

    return Part("mail", [sys.executable, "-m", "studio.mailbox", folder, str(port)], ready)


def our_own(settings: Settings) -> list[Part]:
    """The API and the workers, as processes of this same command."""
    studio, environment = (sys.executable, "-m", "studio"), environment_of(settings)
    log = settings.home / "logs" / "worker.log"

    async def api_answers() -> bool:
        return await answers(reachable(settings.api.host), settings.api.port or 0)

    async def worker_says_so() -> bool:
        return WORKER_READY in log.read_text()

    return [
        Part("api", [*studio, "api"], api_answers, environment=environment),
        Part("worker", [*studio, "worker"], worker_says_so, environment=environment),
    ]


def fixed_ports(settings: Settings) -> dict[str, int | None]:
    return {"api": settings.api.port, "inbox": settings.mail.port if isinstance(settings.mail, Inbox) else None}


def refuse_full_disk(home: Path) -> None:
    free = shutil.disk_usage(home).free
    if free < LEAST_DISK:
        raise Trouble(
            f"Only {free // 2**20} MB are free where {home} is: free {LEAST_DISK // 2**20} MB, or move STUDIO_HOME."
        )
