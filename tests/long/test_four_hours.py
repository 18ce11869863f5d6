"""A lesson of four hours: no worker takes more memory than its share."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from providers.children import running
from studio.settings import Settings
from studio.wiring import ffmpeg_of
from tests.long.cloud import Cloud, in_the_cloud, started
from tests.vendors.deepgram import Asked, DeepgramStandIn, Said, answer, deepgram_stand_in
from tests.vendors.openai import openai_stand_in

log = logging.getLogger(__name__)

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "lesson.mp4"
TIMES, LENGTH, TURN = 144, 4 * 3600.0, 5.0
LISTENING, ELSE = 300, 150
"""MB above what an idle worker takes."""

ANSWER = 12 << 20
SAYS = (
    "Where did you go when you were on holiday with your sister and her children?",
    "Yesterday I have went to the market near of my house because it was so close.",
    "And what did you buy there for the dinner that you told me about, number {}?",
    "It was more cold than the last year so I buyed a coat of the colour {} again.",
)


class FourHours(DeepgramStandIn):
    """Hears two people who never stop."""

    size = 0

    def answer_to(self, asked: Asked) -> dict[str, Any]:
        turns = range(int(LENGTH / TURN))
        told = answer([Said(turn % 2, turn * TURN, SAYS[turn % 4].format(turn)) for turn in turns], LENGTH, asked)
        self.size = len(json.dumps(told))
        return told


@dataclass
class Watched:
    """A worker, and the memory that it took when it had nothing to do, in MB."""

    process: asyncio.subprocess.Process
    idle: float

    def taken(self) -> float:
        """The most that it took above that, since this was last asked (proc(5), clear_refs)."""
        most = memory(self.process.pid, "VmHWM") - self.idle
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return most


def memory(process: int, what: str) -> float:
    """A line of /proc/PID/status, in MB."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(lines[what].split()[0]) / 1024


@pytest.fixture
async def cloud(open_folder: Path) -> AsyncIterator[Cloud]:
    with deepgram_stand_in(kind=FourHours) as hears, openai_stand_in() as reads:
        async with in_the_cloud(open_folder / "long", hears, reads) as cloud:
            yield cloud


@asynccontextmanager
async def watched(settings: Settings, *queues: str) -> AsyncIterator[Watched]:
    """A worker on these queues, which has come to rest."""
    process = await started(settings, queues)
    try:
        await asyncio.sleep(3)
        yield Watched(process, memory(process.pid, "VmRSS"))
    finally:
        process.kill()
        await process.wait()


async def four_hours(settings: Settings, into: Path) -> Path:
    """The sample lesson, so many times over."""
    argv: Sequence[str | Path] = ("-stream_loop", str(TIMES - 1), "-i", SAMPLE, "-c", "copy", into)
    async with running([ffmpeg_of(settings), "-nostdin", "-loglevel", "error", "-y", *argv]) as process:
        assert await process.wait() == 0
    return into


async def after(cloud: Cloud, lesson_id: str, stage: str) -> None:
    """Wait until the lesson has gone through a stage."""
    while True:
        shown = await cloud.client.get(f"/api/lessons/{lesson_id}")
        assert shown["status"] != "failed", shown
        if shown["status"] == "completed" or any(
            one["stage"] == stage and one["status"] == "completed" for one in shown["stages"]
        ):
            return
        await asyncio.sleep(0.1)


async def test_a_lesson_of_four_hours_takes_no_worker_much_memory(cloud: Cloud, tmp_path: Path) -> None:
    recording = await four_hours(cloud.settings, tmp_path / "lesson.mp4")
    async with (
        watched(cloud.settings, "lessons") as lessons,
        watched(cloud.settings, "ai") as ai,
        watched(cloud.settings, "media") as media,
    ):
        lesson_id = await cloud.imported(recording)
        await after(cloud, lesson_id, "transcribe")
        listening = ai.taken()
        await after(cloud, lesson_id, "notify")
        rest = {"lessons": lessons.taken(), "ai": ai.taken(), "media": media.taken()}
    log.info("transcribe %.0f MB, %s", listening, ", ".join(f"{name} {taken:.0f} MB" for name, taken in rest.items()))
    assert isinstance(cloud.hears, FourHours)
    assert cloud.hears.size > ANSWER
    assert listening <= LISTENING
    assert max(rest.values()) <= ELSE
