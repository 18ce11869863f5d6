"""Whole studios with a real LiveKit server."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studio.children import side_by_side
from studio.ports import any_port
from tests.browser.conftest import browser_is_here as browser_is_here
from tests.browser.conftest import playwright as playwright
from tests.end_to_end.studios import Studio, studio_in
from tests.livekit.conftest import livekit_is_here as livekit_is_here
from tests.livekit.conftest import tell
from tests.livekit.servers import LiveKitServer, livekit_program, livekit_server


@pytest.fixture(scope="session")
async def studio(livekit_is_here: None, open_folder: Path) -> AsyncIterator[Studio]:
    """It runs a LiveKit server, which tells it everything."""
    path = f"{Path(livekit_program() or '').parent}:{os.environ['PATH']}"
    async with studio_in(open_folder / "studio", PATH=path) as one:
        yield one


@pytest.fixture(scope="session")
async def deaf_studio(livekit_is_here: None, open_folder: Path) -> AsyncIterator[Studio]:
    """Its LiveKit server tells everything to an address at which nobody listens."""
    server, folder = LiveKitServer(), open_folder / "livekit"
    nobody = f"http://127.0.0.1:{any_port()}/api/webhooks/livekit"
    settings = {
        "STUDIO_LIVEKIT__URL": server.url,
        "STUDIO_LIVEKIT__API_KEY": server.key,
        "STUDIO_LIVEKIT__API_SECRET": server.secret,
    }
    async with (
        side_by_side([livekit_server(server, folder, [nobody])], folder, tell),
        studio_in(open_folder / "deaf", **settings) as one,
    ):
        yield one
