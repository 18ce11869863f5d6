"""One studio for all tests of the whole way, and recordings that are hard to process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.recordings import silence
from tests.end_to_end.studios import Studio, studio_in


@pytest.fixture(scope="session")
async def studio(open_folder: Path) -> AsyncIterator[Studio]:
    async with studio_in(open_folder / "studio") as one:
        yield one


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """A recording that is soon processed, for nobody says anything."""
    silence(tmp_path / "quiet.mp4")
    return tmp_path / "quiet.mp4"
