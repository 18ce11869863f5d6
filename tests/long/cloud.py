"""A studio whose speech and language come from vendors, and whose workers are ours to start and to end."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import SecretStr

from studio.children import side_by_side
from studio.client import StudioClient, client_of
from studio.configuration import environment_of, read_settings
from studio.embedded import WORKER_READY, our_own, servers
from studio.migrating import migrate
from studio.seed import STUDENT, seed
from studio.settings import Deepgram, OpenAI, OpenAIEmbeddings, Settings
from tests.conftest import tell
from tests.vendors import deepgram, openai
from tests.vendors.deepgram import DeepgramStandIn
from tests.vendors.openai import OpenAIStandIn


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

    async def imported(self, recording: Path) -> str:
        """Import a recording; return the lesson's id."""
        key = await self.client.upload(recording)
        asked = {"recording": key, "student_id": STUDENT}
        return str((await self.client.post("/api/lessons", asked))["lesson_id"])


@asynccontextmanager
async def in_the_cloud(home: Path, hears: DeepgramStandIn, reads: OpenAIStandIn) -> AsyncIterator[Cloud]:
    """Run all of it but the workers."""
    key = SecretStr(openai.KEY)
    settings = read_settings(
        Path("none.env"),
        home=home,
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


async def started(settings: Settings, queues: Sequence[str]) -> asyncio.subprocess.Process:
    """A worker on these queues that is ready."""
    log_file = settings.home / "logs" / f"{queues[0]}.log"
    argv, environment = (sys.executable, "-m", "studio", "worker", *queues), {**os.environ, **environment_of(settings)}
    with log_file.open("w") as stderr:
        worker = await asyncio.create_subprocess_exec(*argv, env=environment, stderr=stderr)
    while WORKER_READY not in log_file.read_text():
        await asyncio.sleep(0.05)
    return worker
