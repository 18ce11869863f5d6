"""Workers that are started before what they need."""

import asyncio
from pathlib import Path

import pytest

from db.session import open_engine, open_sessions
from studio import crewing
from studio.children import side_by_side
from studio.migrating import migrate
from studio.ports import any_port
from studio.settings import Temporal
from studio.temporal import temporal_server
from tests.conftest import tell
from workers.connecting import NotReady


async def test_a_worker_waits_until_its_database_is_migrated(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    sessions = open_sessions(engine)
    waiting = asyncio.create_task(crewing.until_migrated(sessions))
    assert not await crewing.stands(sessions)
    await migrate(empty_database_url)
    await waiting
    assert await crewing.stands(sessions)
    await engine.dispose()


async def test_a_worker_finds_a_temporal_that_starts_after_it(open_folder: Path) -> None:
    port = any_port()
    finding = asyncio.create_task(crewing.found(Temporal(address=f"127.0.0.1:{port}")))
    server = temporal_server(open_folder / "late", port, any_port())
    async with side_by_side([server], open_folder / "logs", tell):
        assert (await finding).namespace == "default"


async def test_a_worker_gives_up_on_a_temporal_that_never_comes() -> None:
    with pytest.raises(NotReady, match="STUDIO_TEMPORAL__ADDRESS"):
        await crewing.found(Temporal(address=f"127.0.0.1:{any_port()}"), patience=0)
