"""A whole studio in one process tree on this machine; what a setting points elsewhere is not started."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg

from db.revisions import is_migrated
from providers.children import tied_to
from studio.children import Child, Part, Tell, all_of, answers, side_by_side, stopped_at_last
from studio.configuration import environment_of
from studio.disk import refuse_full_disk
from studio.inviting import invite
from studio.keys import keys_of
from studio.livekit import HOW_TO_GET_ONE, livekit_program, livekit_server
from studio.locating import completed, placed, reachable
from studio.owning import usable
from studio.ports import find_ports
from studio.postgres import postgres_server
from studio.running import Running, announced, held
from studio.seed import seed
from studio.settings import Inbox, Settings
from studio.temporal import temporal_server
from studio.trouble import Trouble

WORKER_READY = '"event": "worker ready"'


@asynccontextmanager
async def whole_studio(settings: Settings, tell: Tell) -> AsyncIterator[Running]:
    """Run every part until the block is left; the studio is ready when it is entered.

    All are started at once, for most of the time goes by with imports: our own wait for what they need.
    """
    logs, own_database = settings.home / "logs", settings.database.url is None
    with site(settings) as (running, complete, parts):
        async with stopped_at_last(parts, logs, tell) as below, stopped_at_last(our_own(complete), logs, tell) as own:
            grounded = lay_ground(below, complete, own_database)
            await all_of(grounded, *(child.start() for child in own))
            if running.livekit is None:
                tell(HOW_TO_GET_ONE)
            elif own_database:
                running = await with_links(running, complete)
            with announced(running):
                yield running


async def lay_ground(servers: Sequence[Child], settings: Settings, own_database: bool) -> None:
    """Start the servers, and make the database fit for what the settings name; raises Trouble."""
    await all_of(*(child.start() for child in servers))
    await bring_up_to_date(settings)
    if own_database:
        await seed(settings.database.plain_url)


async def with_links(running: Running, settings: Settings) -> Running:
    """The studio with the links into the room of a lesson that goes on, so that its classroom can be tried."""
    invitation = await invite(settings)
    return replace(running, tutor_link=invitation.tutor, student_link=invitation.student)


async def bring_up_to_date(settings: Settings) -> None:
    """Migrate the database where it is not at the newest revision, in a process that ends with it."""
    if await stands(settings.database.plain_url):
        return
    migrating = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "studio.migrating"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=tied_to(os.getpid()),
    )
    await migrating.communicate(settings.database.sqlalchemy_url.encode())
    if migrating.returncode:
        raise Trouble(f"{settings.database.safe_url} could not be migrated: `studio migrate` tells why.")


async def stands(url: str) -> bool:
    """Whether the database answers and is migrated."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    try:
        return await is_migrated(connection.fetchval)
    finally:
        await connection.close()


@asynccontextmanager
async def servers(settings: Settings, tell: Tell) -> AsyncIterator[tuple[Running, Settings]]:
    """Run database, Temporal and mail catcher until the block is left; with them the settings are complete."""
    with site(settings) as (running, complete, parts):
        async with side_by_side(parts, settings.home / "logs", tell):
            yield running, complete


@contextmanager
def site(settings: Settings) -> Iterator[tuple[Running, Settings, list[Part]]]:
    """Hold the home until the block is left; where everything will be, and the servers that are to be started.

    Raises Trouble where the home is held by another studio or cannot be used, a port is taken, or there is no space.
    """
    home = settings.home
    with held(home):
        refuse_full_disk(home)
        with usable(home):
            keys, ports = keys_of(home), find_ports(home / "ports.json", fixed_ports(settings))
            running = placed(settings, ports, keys)
            complete = completed(settings, running, keys)
            parts = servers_of(settings, complete, running, ports)
        yield running, complete, parts


def servers_of(settings: Settings, complete: Settings, running: Running, ports: Mapping[str, int]) -> list[Part]:
    """The servers that no setting points elsewhere."""
    home, parts = settings.home, []
    if settings.database.url is None:
        parts.append(postgres_server(home / "postgres", ports["database"], keys_of(home).database))
    if settings.temporal.address is None:
        parts.append(temporal_server(home / "temporal", ports["temporal"], ports["temporal_ui"]))
    if isinstance(settings.mail, Inbox):
        parts.append(mail_catcher(home / "inbox", ports["inbox"]))
    if settings.livekit.url is None and livekit_program():
        parts.append(classrooms(complete, running, ports))
    return parts


def classrooms(settings: Settings, running: Running, ports: Mapping[str, int]) -> Part:
    """A LiveKit server with our key, which tells our API what happens."""
    chosen = settings.livekit
    secret = chosen.api_secret.get_secret_value() if chosen.api_secret else ""
    told = f"{running.api}/api/webhooks/livekit"
    folder, keys = settings.home / "livekit", {chosen.api_key: secret}
    return livekit_server(folder, ports["livekit"], ports["media"], keys, chosen.api_key, told)


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
