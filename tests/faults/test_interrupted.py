"""A studio that is interrupted in the middle of a lesson: nothing is left running, nothing is lost."""

import asyncio
import signal
from pathlib import Path

import pytest

from lessons.messages import Stage
from studio.commands.demo import SAMPLE
from studio.seed import STUDENT
from tests.end_to_end.studios import Studio, studio_in

SHORT = SAMPLE.with_name("short.mp4")


def processes_of(home: Path) -> list[str]:
    """The live processes that were started for a studio in this home."""
    return [one.name for one in Path("/proc").glob("[0-9]*") if is_alive(one) and belongs_to(one, home)]


def belongs_to(process: Path, home: Path) -> bool:
    try:
        return f"STUDIO_HOME={home}\0".encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def is_alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until_gone(home: Path) -> list[str]:
    for _ in range(200):
        if not processes_of(home):
            return []
        await asyncio.sleep(0.05)
    return processes_of(home)


async def until_transcribing(studio: Studio, lesson_id: str) -> None:
    async for snapshot in studio.client.follow(lesson_id):
        if any(stage["stage"] == Stage.TRANSCRIBE for stage in snapshot["stages"]):
            return


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
async def test_a_studio_stopped_in_the_middle_of_a_lesson_goes_on_with_it(
    open_folder: Path, by: signal.Signals
) -> None:
    home = open_folder / f"stopped-by-{by.name}"
    async with studio_in(home) as studio:
        key = await studio.client.upload(SHORT)
        accepted = await studio.client.post("/api/lessons", {"recording": key, "student_id": STUDENT})
        await until_transcribing(studio, accepted["lesson_id"])
        assert len(processes_of(home)) >= 5
        studio.process.send_signal(by)
        await studio.process.wait()
    assert await until_gone(home) == []
    async with studio_in(home) as studio:
        assert (await studio.over(accepted["lesson_id"]))["status"] == "completed"
