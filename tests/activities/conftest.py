"""A lesson whose steps run outside of Temporal: real Postgres, a real folder of files, scripted vendors."""

from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ledger import Ledgers
from activities.recordings import Recordings
from db.session import Sessions
from lessons.messages import Lesson
from providers.disk import DiskFileStore
from tests.activities.scenes import MEASURED, RECORDING, lay
from tests.activities.scripted import ScriptedReader
from tests.rows import People, a_lesson, new_people


@pytest.fixture
def env() -> ActivityEnvironment:
    return ActivityEnvironment()


@pytest.fixture
def store(tmp_path: Path) -> DiskFileStore:
    return DiskFileStore(tmp_path, "recordings", "http://127.0.0.1:1", "secret")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where steps work with files; they leave none behind."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def ledgers(sessions: Sessions, store: DiskFileStore, scratch: Path) -> Ledgers:
    return Ledgers(sessions, store, scratch, {})


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def lesson(sessions: Sessions, people: People) -> Lesson:
    return await a_lesson(sessions, people)


@pytest.fixture
def reader() -> ScriptedReader:
    return ScriptedReader({RECORDING: MEASURED})


@pytest.fixture
def recordings(sessions: Sessions, store: DiskFileStore, reader: ScriptedReader, scratch: Path) -> Recordings:
    lay(store, RECORDING, b"recording")
    return Recordings(sessions, store, reader, scratch)
