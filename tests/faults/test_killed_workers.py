"""A worker that is killed inside any step costs nothing but time."""

import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from lessons.letters import message_id_of
from studio.children import Part, side_by_side
from studio.client import StudioClient, client_of
from studio.commands.demo import SAMPLE
from studio.configuration import environment_of, read_settings
from studio.embedded import our_own, servers
from studio.following import until_over
from studio.migrating import migrate
from studio.seed import STUDENT, TUTOR, seed
from studio.settings import Settings
from tests.conftest import tell

SHORT = SAMPLE.with_name("short.mp4")
KILLS = [
    ("settle", "after"),
    ("fetch", "midway"),
    ("fetch", "after"),
    ("transcribe", "midway"),
    ("transcribe", "after"),
    ("extract", "after"),
    ("choose_moments", "after"),
    ("cut_clip", "midway"),
    ("cut_clip", "after"),
    ("index", "after"),
    ("complete", "after"),
    ("announce", "midway"),
    ("announce", "after"),
]


@dataclass
class Workshop:
    """Everything but a worker."""

    settings: Settings
    database: str
    client: StudioClient
    key: str

    async def lesson(self, step: str, phase: str, mark: Path) -> dict[str, Any]:
        """What a lesson leaves whose worker is killed at this point; a mark that is there already means never."""
        argv = (sys.executable, "-m", "tests.faults.crashing_worker", step, phase, mark)
        worker = Part("worker", argv, at_once, environment=environment_of(self.settings))
        async with side_by_side([worker], self.settings.home / "logs", tell):
            accepted = await self.client.post("/api/lessons", {"recording": self.key, "student_id": STUDENT})
            over = await until_over(self.client, accepted["lesson_id"], show=False)
        handed_over = Counter(mark.with_suffix(".letters").read_text().split())
        return over | await self.left_by(accepted["lesson_id"]) | {"handed_over": sorted(handed_over.values())}

    async def left_by(self, lesson_id: str) -> dict[str, Any]:
        connection = await asyncpg.connect(self.database)
        try:
            found = {name: await connection.fetch(query, lesson_id) for name, query in ROWS.items()}
        finally:
            await connection.close()
        letters = [path.read_text() for path in (self.settings.home / "inbox").rglob("*.eml")]
        ids = [message_id_of(lesson_id, person, "ready", "studio.localhost") for person in (TUTOR, STUDENT)]
        clips = list((self.settings.home / "files" / "recordings" / "lessons" / lesson_id / "clips").glob("*"))
        return {name: [tuple(row) for row in rows] for name, rows in found.items()} | {
            "letters": sum(one in letter for letter in letters for one in ids),
            "clip_files": len(clips),
        }


ROWS = {
    "recording": "SELECT transcript_json::text, status, duration_seconds FROM lesson_recordings WHERE id = $1",
    "mistakes": "SELECT said, better, start_seconds FROM studio.lesson_mistakes WHERE lesson_id = $1 ORDER BY 3, 1",
    "drills": "SELECT content::text FROM lesson_drills WHERE recording_id = $1 ORDER BY 1",
    "clips": "SELECT start_time, end_time, viral_score FROM marketing_clips WHERE recording_id = $1 ORDER BY 1",
    "chunks": "SELECT number, text, embedding::text FROM studio.lesson_chunks WHERE lesson_id = $1 ORDER BY 1",
    "told": "SELECT user_role FROM notifications WHERE metadata->>'lesson_id' = $1::text ORDER BY 1",
    "mailed": "SELECT channel FROM studio.deliveries WHERE lesson_id = $1",
    "stages": "SELECT stage, status FROM studio.lesson_stages WHERE lesson_id = $1 ORDER BY 1",
}
COMPARED = (*ROWS, "letters", "clip_files", "status", "degraded")


async def at_once() -> bool:
    return True


@pytest.fixture(scope="session")
async def workshop(open_folder: Path) -> AsyncIterator[Workshop]:
    settings = read_settings(Path("none.env"), home=open_folder / "workshop")
    async with servers(settings, tell) as (running, complete):
        await migrate(complete.database.sqlalchemy_url)
        await seed(complete.database.plain_url)
        async with (
            side_by_side(our_own(complete)[:1], complete.home / "logs", tell),
            client_of(complete, running.api) as client,
        ):
            key = await client.upload(SHORT)
            yield Workshop(complete, running.database, client, key)


@pytest.fixture(scope="session")
async def undisturbed(workshop: Workshop, open_folder: Path) -> dict[str, Any]:
    mark = open_folder / "never"
    mark.touch()
    return await workshop.lesson("none", "after", mark)


@pytest.mark.parametrize(("step", "phase"), KILLS)
async def test_a_worker_killed_inside_a_step_leaves_the_same_rows(
    workshop: Workshop, undisturbed: dict[str, Any], open_folder: Path, step: str, phase: str
) -> None:
    mark = open_folder / f"killed-{uuid4()}"
    left = await workshop.lesson(step, phase, mark)
    assert mark.exists()
    assert {name: left[name] for name in COMPARED} == {name: undisturbed[name] for name in COMPARED}
    assert left["handed_over"] == [1, 1]


async def test_an_undisturbed_lesson_leaves_something_to_compare(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["status"] == "completed"
    assert undisturbed["mistakes"]
    assert undisturbed["drills"]
    assert undisturbed["clips"]
    assert undisturbed["letters"] == 2
