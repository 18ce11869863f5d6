"""Real servers for the tests: one Postgres and one Temporal a run, and for each test a database of its own."""

import os
import shutil
import signal
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from db.session import Sessions, open_engine, open_sessions
from studio import postgres, temporal
from studio.children import side_by_side
from studio.migrating import migrate
from studio.ports import any_port
from studio.postgres import QUIET, url_of
from tests.vendors.seaweed import Seaweed, seaweed_server

PASSWORD = "tests"
CARELESS = (*QUIET, "fsync=off", "synchronous_commit=off", "full_page_writes=off")

PUNCTUAL = '--dynamic-config-value=history.timerProcessorMaxTimeShift="5ms"'
"""By default Temporal's timers go off up to a second late, and so does every try after the first."""

OTHERS_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = """
    SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relname <> 'alembic_version'
        AND relnamespace::regnamespace::text IN ('public', 'studio')
"""


def tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


@pytest.fixture(scope="session", autouse=True)
def no_settings() -> None:
    """Whoever runs the tests may have settings of her own."""
    for name in [one for one in os.environ if one.startswith("STUDIO_") and not one.startswith("STUDIO_TEST_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that Postgres can enter, also where root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="studio-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_url(open_folder: Path) -> AsyncIterator[str]:
    """`postgresql://...` of the run's server, as the superuser."""
    port = any_port()
    server = postgres.postgres_server(open_folder / "postgres", port, PASSWORD, CARELESS)
    async with side_by_side([server], open_folder / "logs", tell):
        yield url_of(port, PASSWORD, "postgres")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(postgres_url: str) -> str:
    """The name of a database at the newest revision, to be copied."""
    await run_on(postgres_url, "CREATE DATABASE migrated")
    await migrate(sqlalchemy_url(postgres_url, "migrated"))
    return "migrated"


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """`postgresql+asyncpg://...` of a new database with nothing in it."""
    async with new_database(postgres_url, "template1") as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_database(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """A database at the newest revision that is lent to one test after the other: a new one for each takes longer."""
    async with new_database(postgres_url, migrated_template) as url:
        yield url


@dataclass
class Janitor:
    """Takes every row out of a database, over one connection that knows the statement for it."""

    url: str
    connection: asyncpg.Connection | None = None
    delete_all: str = ""

    async def tidy(self) -> None:
        if self.connection is None or self.connection.is_closed():
            self.connection = await asyncpg.connect(self.url)
            await self.connection.execute("SET session_replication_role = replica")
            tables = [row[0] for row in await self.connection.fetch(TABLES)]
            each = ", ".join(f"t{number} AS (DELETE FROM {table})" for number, table in enumerate(tables))
            self.delete_all = f"WITH {each} SELECT"
        await self.connection.fetch(OTHERS_OUT)
        await self.connection.fetch(self.delete_all)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def janitor(migrated_database: str) -> AsyncIterator[Janitor]:
    one = Janitor(migrated_database.replace("+asyncpg", ""))
    yield one
    if one.connection:
        await one.connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(migrated_database: str, janitor: Janitor) -> AsyncIterator[str]:
    """`postgresql+asyncpg://...` of a database at the newest revision, without rows."""
    yield migrated_database
    await janitor.tidy()


@pytest.fixture(scope="session")
def engine_for_all(migrated_database: str) -> AsyncEngine:
    """An engine that remembers how statements are compiled; whoever uses it disposes of its connections."""
    return open_engine(migrated_database)


@pytest_asyncio.fixture(loop_scope="session")
async def sessions(engine_for_all: AsyncEngine, database_url: str) -> AsyncIterator[Sessions]:
    yield open_sessions(engine_for_all)
    await engine_for_all.dispose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_server(open_folder: Path) -> AsyncIterator[str]:
    """`host:port` of the run's Temporal dev server, which knows our search attributes."""
    port, ui_port = any_port(), any_port()
    server = temporal.temporal_server(open_folder / "temporal", port, ui_port)
    punctual = replace(server, argv=[*server.argv, PUNCTUAL], stop_by=signal.SIGKILL)
    async with side_by_side([punctual], open_folder / "logs", tell):
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seaweed(open_folder: Path) -> AsyncIterator[Seaweed]:
    """The run's S3 server, with our buckets."""
    server = Seaweed(f"http://127.0.0.1:{any_port()}")
    part = seaweed_server(server, open_folder / "seaweed")
    async with side_by_side([replace(part, stop_by=signal.SIGKILL)], open_folder / "logs", tell):
        yield server


@asynccontextmanager
async def new_database(server: str, template: str) -> AsyncIterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    await run_on(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield sqlalchemy_url(server, name)
    await run_on(server, f"DROP DATABASE {name} WITH (FORCE)")


async def run_on(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def sqlalchemy_url(server: str, name: str) -> str:
    return server.replace("postgresql:", "postgresql+asyncpg:").removesuffix("postgres") + name
