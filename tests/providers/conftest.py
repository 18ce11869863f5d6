"""Small recordings made by the packaged ffmpeg, and a storage that counts."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from lessons.ports import Progress
from tests.providers.counting import CountingStorage, counting_storage

SAMPLES = Path(__file__).parent.parent.parent / "samples"

Make = Callable[..., str]
"""Makes a file by ffmpeg in the storage and returns its name."""


@pytest.fixture(scope="session")
def ffmpeg_binary() -> Path:
    return Path(get_ffmpeg_exe())


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder behind the storage; the samples lie in it."""
    folder = tmp_path_factory.mktemp("recordings")
    for sample in SAMPLES.glob("*.mp4"):
        (folder / sample.name).symlink_to(sample)
    return folder


@pytest.fixture(scope="session")
def make(recordings: Path, ffmpeg_binary: Path) -> Make:
    def made(name: str, *words: str) -> str:
        if not (recordings / name).exists():
            quiet = [str(ffmpeg_binary), "-hide_banner", "-loglevel", "error", "-nostdin"]
            subprocess.run([*quiet, *words, name], cwd=recordings, check=True)
        return name

    return made


@pytest.fixture
def storage(recordings: Path) -> Iterator[CountingStorage]:
    with counting_storage(recordings) as server:
        yield server


@pytest.fixture
def no_progress() -> Progress:
    async def ignore(done: float) -> None:
        assert 0 <= done <= 1

    return ignore
