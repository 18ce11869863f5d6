"""At which revision a database stands, as it is told without Alembic."""

from collections.abc import AsyncIterator

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.revisions import is_migrated, newest_revision
from db.session import open_engine
from studio.migrating import ALEMBIC_INI


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = open_engine(empty_database_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def stands(connection: AsyncConnection, revision: str) -> bool:
    """Whether a database at this revision is migrated."""
    await connection.execute(text("CREATE SCHEMA studio"))
    await connection.execute(text(f"CREATE TABLE studio.alembic_version AS SELECT '{revision}' AS version_num"))
    return await is_migrated(lambda statement: connection.scalar(text(statement)))


def test_the_newest_revision_is_alembics_only_head() -> None:
    [head] = ScriptDirectory.from_config(Config(ALEMBIC_INI)).get_heads()
    assert head.startswith(newest_revision())


async def test_a_database_without_our_schema_is_not_migrated(empty: AsyncConnection) -> None:
    assert not await is_migrated(lambda statement: empty.scalar(text(statement)))


@pytest.mark.parametrize(("revision", "migrated"), [("0001", False), (newest_revision(), True), ("9999_later", True)])
async def test_a_database_is_migrated_at_the_newest_revision_and_beyond(
    empty: AsyncConnection, revision: str, migrated: bool
) -> None:
    assert await stands(empty, revision) is migrated
