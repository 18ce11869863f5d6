"""Workers that are killed at random times: no lesson is lost, and next to nothing is paid twice."""

import asyncio
import logging
import math
import random
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.following import until_over
from tests.long.cloud import Cloud, in_the_cloud, started
from tests.vendors import openai
from tests.vendors.deepgram import Asked, DeepgramStandIn, Said, answer, deepgram_stand_in
from tests.vendors.openai import Fault, Given, OpenAIStandIn, openai_stand_in

log = logging.getLogger(__name__)

LESSONS, KILLS = 40, 20
PROCESSES = (("ai",), ("lessons", "media"))
"""The queues of each worker, as in production: who pays has nothing else to do."""

COUNTS = """
    SELECT sum(asks)::int AS asks, sum(answers)::int AS answers, sum(failures)::int AS failures,
        sum(greatest(asks - answers - failures, 0))::int AS cut FROM studio.provider_calls
"""
THINKING = 3.0
"""Seconds; real vendors take longer, and so answer a smaller part of the time."""

RATE = 16_000


class EachItsOwn(DeepgramStandIn):
    """Hears something else in every recording, so that no lesson can take another's answers."""

    def answer_to(self, asked: Asked) -> dict[str, Any]:
        said = (Said(0, 0.2, "Where did you go?"), Said(1, 2.0, f"Yesterday I have went to house {asked.sha256[:12]}."))
        return answer(said, 5.0, asked)


@pytest.fixture
async def cloud(open_folder: Path) -> AsyncIterator[Cloud]:
    with deepgram_stand_in(kind=EachItsOwn) as hears, openai_stand_in() as reads:
        hears.thinks_for = THINKING
        reads.fault = lambda _: slowly(reads)
        async with in_the_cloud(open_folder / "killed", hears, reads) as cloud:
            yield cloud


def slowly(reads: OpenAIStandIn) -> Fault:
    def answer_late(asked: openai.Asked) -> Given:
        time.sleep(THINKING)
        return reads.usual(asked)

    return answer_late


def a_recording(folder: Path, number: int) -> Path:
    """Five seconds of stereo sound like no other."""
    path = folder / f"{number}.wav"
    noise = np.random.default_rng(number).normal(0, 3000, (5 * RATE, 2)).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(noise.tobytes())
    return path


async def killed_again_and_again(cloud: Cloud, over: asyncio.Event) -> int:
    """Run workers and kill them all at some moment, so many times; then let them work on until all is over."""
    kills, moments = 0, random.Random(5)
    while not over.is_set():
        workers = await asyncio.gather(*(started(cloud.settings, queues) for queues in PROCESSES))
        await (at_work(cloud, over, moments) if kills < KILLS else over.wait())
        kills += not over.is_set()
        cloud.hears.deserted = cloud.reads.deserted = True
        for worker in workers:
            worker.kill()
        await asyncio.gather(*(worker.wait() for worker in workers))
        cloud.hears.deserted = cloud.reads.deserted = False
    return kills


async def at_work(cloud: Cloud, over: asyncio.Event, moments: random.Random) -> None:
    """Wait until a vendor is asked for something, and then for a moment in which it thinks, answers, or has done so."""
    asked = cloud.requests
    while cloud.requests == asked and not over.is_set():
        await asyncio.sleep(0.02)
    await asyncio.sleep(moments.uniform(0, 2 * THINKING))


async def completed(cloud: Cloud, lesson_id: str) -> None:
    """Follow a lesson to its end; one that was killed too often is retried, as its operator would."""
    while (snapshot := await until_over(cloud.client, lesson_id, show=False))["status"] == "failed":
        await cloud.client.http.post(f"/api/lessons/{lesson_id}/retry")  # without a worker nobody takes it
        await asyncio.sleep(0.5)
    assert (snapshot["status"], snapshot["degraded"]) == ("completed", [])


async def test_twenty_kills_over_forty_lessons_lose_none_and_pay_next_to_nothing_twice(
    cloud: Cloud, tmp_path: Path
) -> None:
    over = asyncio.Event()
    killing = asyncio.create_task(killed_again_and_again(cloud, over))
    lessons = []
    for number in range(LESSONS):
        lessons.append(await cloud.imported(await asyncio.to_thread(a_recording, tmp_path, number)))
    for lesson_id in lessons:
        await completed(cloud, lesson_id)
    over.set()
    kills = await killing
    ledger = await cloud.row(COUNTS)
    counts = dict(ledger) | {"requests": cloud.requests, "paid twice": cloud.paid_twice}
    log.info("%s", ", ".join(f"{count} {name}" for name, count in counts.items()))
    assert kills == KILLS
    assert ledger["answers"] <= cloud.requests
    assert 0 <= ledger["asks"] - cloud.requests <= KILLS, "a worker dies between noting a request and sending it"
    assert ledger["cut"] > 0, "no worker was killed while it waited for an answer"
    assert cloud.paid_twice <= math.floor(0.01 * ledger["answers"])
