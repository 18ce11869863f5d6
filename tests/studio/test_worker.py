import asyncio
from pathlib import Path

from temporalio.client import Client

from studio.children import side_by_side
from studio.commands.worker import say_when
from studio.ports import any_port
from studio.temporal import temporal_server
from tests.conftest import tell


async def test_a_worker_shows_that_it_lives_only_while_temporal_answers(open_folder: Path, tmp_path: Path) -> None:
    port, alive, ready = any_port(), tmp_path / "worker.alive", asyncio.Event()
    alive.touch()
    async with side_by_side([temporal_server(open_folder / "pulse", port, any_port())], open_folder / "logs", tell):
        client = await Client.connect(f"127.0.0.1:{port}")
        saying = asyncio.create_task(say_when(ready, client, alive, pulse=0.1))
        while alive.exists():
            await asyncio.sleep(0.02)
        ready.set()
        while not alive.exists():
            await asyncio.sleep(0.02)
    alive.unlink()
    await asyncio.sleep(0.5)
    assert not saying.done()
    assert not alive.exists()
    saying.cancel()
