"""The API of a studio, as the command's verbs use it."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from studio.locating import located
from studio.running import Running, find_running
from studio.seed import TUTOR
from studio.settings import Settings
from studio.tokens import minted
from studio.trouble import Trouble

CHUNK = 256 * 1024

PATIENCE = 30
"""So often, once a second, a connection that breaks is tried again before the studio counts as gone."""


class Away(Trouble):
    """The studio answers that something which it needs is away."""


@dataclass(frozen=True)
class StudioClient:
    """Speaks in the tutor's name; raises Trouble with what the API says is wrong."""

    http: httpx2.AsyncClient

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.http.get(path, params=query)
        return checked(answer).json()

    async def text(self, path: str) -> str:
        return checked(await self.http.get(path)).text

    async def post(self, path: str, body: object = None) -> Any:
        return checked(await self.http.post(path, json=body or {})).json()

    async def upload(self, file: Path) -> str:
        """Store a file; return its key. The place may be another server's, which our token is nothing to."""
        size = (await asyncio.to_thread(file.stat)).st_size
        place = await self.post("/api/uploads", {"bytes": size})
        length = {"content-length": str(size)}
        request = self.http.build_request("PUT", place["url"], content=pieces_of(file), headers=length)
        del request.headers["authorization"]
        checked(await self.http.send(request))
        return str(place["key"])

    async def follow(self, lesson_id: str) -> AsyncGenerator[dict[str, Any], None]:
        """The lesson's snapshots as it changes; a broken connection is taken up again."""
        known, lost = "0", 0
        while True:
            try:
                async with aclosing(self.snapshots_since(known, lesson_id)) as snapshots:
                    async for snapshot in snapshots:
                        known, lost = str(snapshot["version"]), 0
                        yield snapshot
            except (httpx2.TransportError, Away):
                if lost >= PATIENCE:
                    raise
            lost += 1
            await asyncio.sleep(1)

    async def snapshots_since(self, known: str, lesson_id: str) -> AsyncGenerator[dict[str, Any], None]:
        """The lesson's snapshots after the version that is known, for as long as the connection lasts."""
        headers = {"last-event-id": known}
        async with self.http.stream("GET", f"/api/lessons/{lesson_id}/events", headers=headers) as stream:
            if stream.is_error:
                await stream.aread()
            async for line in checked(stream).aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


async def pieces_of(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(CHUNK):
            yield piece


def checked(answer: httpx2.Response) -> httpx2.Response:
    """The answer, if it is a good one; raises Trouble, or for status 503 Away."""
    if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
        raise Away(trouble_of(answer))
    if answer.is_error:
        raise Trouble(trouble_of(answer))
    return answer


def trouble_of(answer: httpx2.Response) -> str:
    try:
        problem = answer.json()
        faults = [f"{fault['field']}: {fault['problem']}" for fault in problem.get("errors", [])]
        return " ".join([problem["detail"], *faults])
    except (ValueError, KeyError):
        return f"The studio answers with status {answer.status_code}; see its log."


@asynccontextmanager
async def client_of(settings: Settings, api: str) -> AsyncIterator[StudioClient]:
    """A client of the API at this address."""
    token, _ = minted(TUTOR, settings)
    headers = {"authorization": f"Bearer {token}"}
    timeout = httpx2.Timeout(30, read=60)
    async with httpx2.AsyncClient(base_url=api, headers=headers, timeout=timeout) as http:
        try:
            yield StudioClient(http)
        except httpx2.TransportError:
            raise Trouble(f"The studio at {api} does not answer: run `studio doctor`.") from None


@asynccontextmanager
async def running_client(settings: Settings) -> AsyncIterator[StudioClient]:
    """A client of the studio that runs; raises Trouble where none does."""
    running = find_running(settings.home)
    api = running.api if running else settings.api.public_url
    if api is None:
        raise Trouble("No studio runs here: start one with `studio up`, or name its address in STUDIO_API__PUBLIC_URL.")
    async with client_of(located(settings), api) as client:
        yield client


def files_of(running: Running) -> Path:
    """Where a studio with disk storage keeps its files."""
    return Path(running.home) / "files"
