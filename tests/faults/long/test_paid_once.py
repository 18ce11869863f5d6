"""Workers that are killed at random times: no lesson is lost, and next to nothing is paid twice."""

import asyncio
import logging
import math
import os
import random
import sys
import time
import wave
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest
from pydantic import SecretStr

from studio.children import side_by_side
from studio.client import StudioClient, client_of
from studio.configuration import environment_of, read_settings
from studio.embedded import WORKER_READY, our_own, servers
from studio.following import until_over
from studio.migrating import migrate
from studio.seed import STUDENT, seed
from studio.settings import Deepgram, OpenAI, OpenAIEmbeddings, Settings
from tests.conftest import tell
from tests.vendors import deepgram, openai
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


@dataclass
class Cloud:
    settings: Settings
    database: str
    client: StudioClient
    hears: DeepgramStandIn
    reads: OpenAIStandIn

    @property
    def requests(self) -> int:
        paid = ("/v1/responses", "/v1/embeddings")
        return len(self.hears.listened) + sum(len(self.reads.asked_for(path)) for path in paid)

    @property
    def paid_twice(self) -> int:
        """Answers that somebody was there for, and that were asked for again all the same."""
        return sum(count - 1 for count in (*self.hears.heard.values(), *self.reads.heard.values()) if count > 1)

    async def row(self, query: str) -> Any:
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetchrow(query)
        finally:
            await connection.close()


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
        key = SecretStr(openai.KEY)
        settings = read_settings(
            Path("none.env"),
            home=open_folder / "killed",
            speech=Deepgram(api_key=SecretStr(deepgram.KEY), base_url=hears.base_url),
            language=OpenAI(api_key=key, base_url=reads.base_url),
            embeddings=OpenAIEmbeddings(api_key=key, base_url=reads.base_url),
        )
        async with servers(settings, tell) as (running, complete):
            await migrate(complete.database.sqlalchemy_url)
            await seed(complete.database.plain_url)
            api = our_own(complete)[:1]
            async with side_by_side(api, complete.home / "logs", tell), client_of(complete, running.api) as client:
                yield Cloud(complete, running.database, client, hears, reads)


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


async def started(settings: Settings, queues: Sequence[str]) -> asyncio.subprocess.Process:
    """A worker on these queues that is ready."""
    log_file = settings.home / "logs" / f"{queues[0]}.log"
    argv, environment = (sys.executable, "-m", "studio", "worker", *queues), {**os.environ, **environment_of(settings)}
    with log_file.open("w") as stderr:
        worker = await asyncio.create_subprocess_exec(*argv, env=environment, stderr=stderr)
    while WORKER_READY not in log_file.read_text():
        await asyncio.sleep(0.05)
    return worker


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
        key = await cloud.client.upload(await asyncio.to_thread(a_recording, tmp_path, number))
        lessons.append(
            (await cloud.client.post("/api/lessons", {"recording": key, "student_id": STUDENT}))["lesson_id"]
        )
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
