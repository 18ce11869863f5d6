"""A lesson of four hours: no worker takes more memory than its share, with the children that read and cut media."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from providers.children import running
from studio.settings import Settings
from studio.wiring import ffmpeg_of
from tests.long.cloud import Cloud, in_the_cloud, started
from tests.processes import tree_of
from tests.vendors.deepgram import Asked, DeepgramStandIn, Said, answer, deepgram_stand_in
from tests.vendors.openai import openai_stand_in

log = logging.getLogger(__name__)

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "lesson.mp4"
TIMES, LENGTH, TURN = 144, 4 * 3600.0, 3.8
LISTENING, ELSE = 300, 150
"""MB above what an idle worker takes, for a step."""

SIDE_BY_SIDE = {"lessons": ELSE, "ai": 2 * ELSE, "media": 4 * ELSE}
"""The same for what runs at once: three readers of the transcript; encoders, which no lesson's length makes larger."""

ANSWER = 12 << 20
SAYS = (
    "And where did you go when you were on holiday with your sister and her three little children?",
    "Yesterday I have went to the market near of my house because everything there was so cheap.",
    "{praise}And what did you buy for the big dinner that you have told me about before lesson {}?",
    "It was more cold than the last year so I buyed a coat with the number {} once again.",
)


class FourHours(DeepgramStandIn):
    """Hears two people who speak at once, and hardly stop."""

    size = 0

    def answer_to(self, asked: Asked) -> dict[str, Any]:
        turns = range(int(LENGTH / TURN))
        said = [Said(turn % 2, turn * TURN, said_in(turn)) for turn in turns if turn % 6]
        told = answer(said, LENGTH, asked)
        self.size = len(json.dumps(told))
        return told


def said_in(turn: int) -> str:
    return SAYS[turn % 4].format(turn, praise="Perfect! " if turn % 1000 == 2 else "")


@dataclass
class Watched:
    """A worker with what it starts, and the memory that they took when there was nothing to do, in MB."""

    process: asyncio.subprocess.Process
    idle: float
    most: float = 0

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, await asyncio.to_thread(memory_of, self.process.pid))
            await asyncio.sleep(0.1)

    def taken(self) -> float:
        """The most that they took above that since this was last asked."""
        most, self.most = self.most, 0
        return most - self.idle


def memory_of(worker: int) -> float:
    """What a process and its children take, each with its share of what several have, in MB."""
    total = 0
    for process in (psutil.Process(worker), *tree_of(worker)):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / (1 << 20)


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
        worker = Watched(process, memory_of(process.pid))
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(worker.watch())
            yield worker
            watching.cancel()
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
            one["stage"] == stage and one["status"] == "done" for one in shown["stages"]
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
        shown = await cloud.client.get(f"/api/lessons/{lesson_id}")
        rest = {"lessons": lessons.taken(), "ai": ai.taken(), "media": media.taken()}
    log.info("transcribe %.0f MB, %s", listening, ", ".join(f"{name} {taken:.0f} MB" for name, taken in rest.items()))
    assert isinstance(cloud.hears, FourHours)
    assert cloud.hears.size > ANSWER
    assert min(shown["counts"].values()) > 0, "some step had nothing to do"
    assert listening <= LISTENING
    assert [name for name, taken in rest.items() if taken > SIDE_BY_SIDE[name]] == []
