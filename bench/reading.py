"""How much of a large recording storage has to send, for the one pass over it and for each clip."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import httpx2

from bench.ground import tell
from bench.measuring import Figure, agree
from bench.posting import front_part
from lessons.highlights import Caption
from lessons.ports import Cut, FileStore
from providers.children import running
from providers.ffmpeg import FfmpegClipCutter
from providers.media import PyAvMediaReader
from studio.children import side_by_side
from studio.ports import any_port
from studio.settings import Settings
from studio.wiring import bucket, ffmpeg_of

T = TypeVar("T")

SAMPLE = Path(__file__).parent.parent / "samples" / "lesson.mp4"
KEY = "lessons/bench/RM_1/lesson.mp4"
LEAST = 200_000_000
CLIP = 20.0
CLIPS = (61.3, 290.7)
PIECE = "-t 24 -c:v libx264 -preset ultrafast -g 100 -b:v 4500k -minrate 4500k -maxrate 4500k -bufsize 4500k"
FILLED = "-x264-params nal-hrd=cbr:force-cfr=1 -c:a copy"
LOOPED = "-c copy -movflags +faststart"


async def measure(settings: Settings) -> list[Figure]:
    port = any_port()
    placed = settings.model_copy(
        update={"api": settings.api.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})}
    )
    store, ffmpeg = bucket(placed, "recordings"), ffmpeg_of(settings)
    await make_recording(ffmpeg, placed.home / "files/recordings" / KEY)
    front = front_part("counting", port, placed)
    with TemporaryDirectory(dir=settings.home) as scratch:
        async with side_by_side([front], settings.home / "logs", tell), httpx2.AsyncClient() as http:
            storage = Storage(store, http, f"http://127.0.0.1:{port}/sent", Path(scratch))
            return await read(storage, FfmpegClipCutter(ffmpeg))


@dataclass
class Storage:
    """A store that counts the bytes it sends, and the folder of those who read from it."""

    store: FileStore
    http: httpx2.AsyncClient
    count_at: str
    scratch: Path
    most: int = field(default=0)

    async def sent_for(self, work: Awaitable[T]) -> tuple[int, T]:
        """How many bytes are sent while the work is done, and what it answers."""
        before = await self.sent()
        async with self.watching():
            answer = await work
        return await self.sent() - before, answer

    async def sent(self) -> int:
        return int((await self.http.get(self.count_at)).text)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Note the most bytes that ever lie in the scratch folder."""

        async def watch() -> None:
            while True:
                self.most = max(self.most, await asyncio.to_thread(size_of, self.scratch))
                await asyncio.sleep(0.02)

        watcher = asyncio.create_task(watch())
        try:
            yield
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)


async def read(storage: Storage, cutter: FfmpegClipCutter) -> list[Figure]:
    """Fetch the recording's sound, then cut the clips."""
    url, size = await storage.store.signed_url(KEY, 3600), await storage.store.size(KEY) or 0
    audio = storage.scratch / "audio.m4a"
    sent, measured = await storage.sent_for(PyAvMediaReader().read(url, audio, progress))
    agree("bytes", {"stored": size, "measured": measured.bytes})
    figures = [against("one pass over the recording", sent, size, 1.1)]
    own = size / measured.seconds * CLIP
    for number, start in enumerate(CLIPS, 1):
        cut = Cut(url, start, start + CLIP, (Caption(0, 2, "Once more"),), has_picture=True)
        sent, _ = await storage.sent_for(cutter.cut(cut, storage.scratch / f"{number}.mp4", progress))
        figures.append(against(f"a clip of {CLIP:.0f} s", sent, own, 1.3))
    most = storage.most / size
    return [*figures, Figure("most in the scratch folder / the recording", most, limit=0.25)]


def against(what: str, sent: int, needed: float, limit: float) -> Figure:
    detail = f"{sent / 1e6:.2f} MB against {needed / 1e6:.2f} MB"
    return Figure(f"bytes sent for {what} / its own bytes", sent / needed, limit=limit, detail=detail)


async def progress(share: float) -> None:
    return


async def make_recording(ffmpeg: Path, into: Path) -> None:
    """A recording as LiveKit writes it at 720p (H.264 at a constant 4.5 Mbit/s), made of a piece that is repeated."""
    into.parent.mkdir(parents=True, exist_ok=True)
    piece = into.with_name("piece.mp4")
    await run(ffmpeg, "-i", SAMPLE, *PIECE.split(), *FILLED.split(), piece)
    times = LEAST // piece.stat().st_size
    await run(ffmpeg, "-stream_loop", str(times), "-i", piece, *LOOPED.split(), into)
    piece.unlink()


async def run(ffmpeg: Path, *argv: str | Path) -> None:
    async with running([ffmpeg, "-nostdin", "-loglevel", "error", "-y", *argv]) as process:
        agree("ffmpeg", {"exit code": await process.wait(), "wanted": 0})


def size_of(folder: Path) -> int:
    """What lies in a folder in which files come and go."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
