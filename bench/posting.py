"""Fronts that run as processes, and who posts webhooks to them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bench.measuring import agree
from providers.children import running
from studio.children import Part, answers
from studio.configuration import environment_of
from studio.settings import Settings


def front_part(name: str, port: int, settings: Settings) -> Part:
    """One of bench/fronts.py."""
    ready = partial(answers, "127.0.0.1", port)
    return Part(
        name, [sys.executable, "-m", "bench.fronts", name, str(port)], ready, environment=environment_of(settings)
    )


@dataclass(frozen=True)
class Posting:
    """A load generator, which posts as many webhooks as asked for in a round."""

    process: asyncio.subprocess.Process

    async def post(self, number: int) -> None:
        """Post the next round; raises OutputsDiffer unless every answer is 200."""
        assert self.process.stdin
        self.process.stdin.write(b"\n")
        statuses = json.loads(await said_by(self.process))
        agree("answers", {"given": statuses, "wanted": {"200": sum(statuses.values())}})


@asynccontextmanager
async def posting(port: int, settings: Settings, rounds: int, count: int) -> AsyncIterator[Posting]:
    """A load generator that has signed all its rounds and waits."""
    secret = settings.livekit.api_secret
    assert secret
    argv = [sys.executable, "-m", "bench.load", str(port), secret.get_secret_value(), str(rounds), str(count)]
    async with running(argv) as process:
        await said_by(process)
        yield Posting(process)


async def said_by(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout
    return await process.stdout.readline()
