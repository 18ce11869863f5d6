"""A real LiveKit server a run, and the voices of the sample lesson."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from studio.children import side_by_side
from tests.livekit.participants import Voice, voices_in, without_pauses
from tests.livekit.servers import HOW_TO_GET_IT, LiveKitServer, livekit_program, livekit_server

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "lesson.mp4"


def tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


@pytest.fixture(scope="session")
def livekit_is_here() -> None:
    """Skip where there is no server's program, unless it is required."""
    if livekit_program() is None:
        required = "livekit" in os.environ.get("STUDIO_TEST_REQUIRE", "").split(",")
        (pytest.fail if required else pytest.skip)(HOW_TO_GET_IT)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def livekit(livekit_is_here: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveKitServer]:
    """The run's server; whoever wants webhooks starts one of her own by `livekit_server`."""
    server, folder = LiveKitServer(), tmp_path_factory.mktemp("livekit")
    async with side_by_side([livekit_server(server, folder)], folder, tell):
        yield server


@pytest.fixture(scope="session")
def voices() -> tuple[Voice, Voice]:
    """What tutor and student of the sample lesson say, each without a pause."""
    tutor, student = voices_in(SAMPLE)
    return without_pauses(tutor), without_pauses(student)
