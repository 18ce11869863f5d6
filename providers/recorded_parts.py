"""Where the parts of a room's recording are kept, from the first seconds of each to the whole file.

In the bucket, below `lessons/<room>/recordings/`, part 0 is at first `0000/part.json` and, in order, the pieces
`0000/00000.m4s` ...; at last it is `0000.mp4` and `0000.json`, and no pieces. What a recorder has not yet put there
lies in `scratch/<room>/<id of the part>/`, a folder that is locked while somebody records into it.
"""

import asyncio
import fcntl
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from lessons.capture import RecordedFile
from lessons.errors import LessonError, RecordingMissing
from lessons.ports import FileStore
from providers.children import ask
from providers.object_keys import checked

SHIP_EVERY = 3.0
BEGUN = "begun.json"
NOTE, PIECE = 1 << 12, 1 << 26
"""The most bytes of a note and of a piece."""

Note = dict[str, Any]
"""`id` and `started_at` of a part; of a whole one `seconds` and `bytes` too."""


@dataclass(frozen=True)
class RecordedParts:
    """The recordings of all rooms. Raises StorageUnavailable, NoDiskSpace, OperatorAction, PartCrashed."""

    files: FileStore
    scratch: Path

    @asynccontextmanager
    async def new(self, room: str) -> AsyncIterator[Path]:
        """A folder to record into; its pieces are put into the bucket while the block lasts, and the rest after it."""
        folder = self.scratch / checked(room) / uuid4().hex
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
        with held(folder):
            shipping = asyncio.create_task(self.ship_on(room, folder))
            try:
                yield folder
            except LessonError:
                await stopped(shipping)
                with suppress(LessonError):
                    await self.ship_all(room, folder)
                raise
            finally:
                await stopped(shipping)
            await self.ship_all(room, folder)

    async def rescue(self, room: str) -> None:
        """Put into the bucket what a recorder that died has left on this machine."""
        for folder in await asyncio.to_thread(sorted, (self.scratch / checked(room)).glob("*")):
            with held(folder) as is_ours:
                if is_ours:
                    await self.ship_all(room, folder)

    async def settled(self, room: str) -> list[RecordedFile]:
        """Make whole files of all parts that nobody records, and return them in order; empty ones are left out."""
        await self.rescue(room)
        files: list[RecordedFile] = []
        for number in count():
            whole, part = await self.notes(room, number)
            if whole is None and part is None:
                return sorted((file for file in files if file.bytes), key=lambda file: file.started_at)
            if whole is None and part is not None and not is_held(self.scratch / room / part["id"]):
                whole = await self.settle(room, number, part)
            if whole:
                await self.files.delete(f"{place_of(room, number)}/")
                files.append(file_of(f"{place_of(room, number)}.mp4", whole))
        raise AssertionError

    async def settle(self, room: str, number: int, part: Note) -> Note:
        """Make one file of a part's pieces; whoever is first decides what it is, should two do so at once."""
        place = place_of(room, number)
        with self.drafts() as folder:
            joined, whole = Path(folder, "joined.mp4"), Path(folder, "whole.mp4")
            await self.join(place, joined)
            seconds = await ask("providers.remux_child", {"source": str(joined), "into": str(whole)}, unheard)
            if seconds:
                await self.files.put(f"{place}.mp4", whole, "video/mp4", replace=False)
        size = await self.files.size(f"{place}.mp4") if seconds else 0
        await self.write(f"{place}.json", {**part, "seconds": seconds, "bytes": size})
        return await self.note(f"{place}.json") or {}

    async def join(self, place: str, into: Path) -> None:
        """String a part's pieces together, one of them in memory."""
        await asyncio.to_thread(into.touch)
        with suppress(RecordingMissing):
            for number in count():
                piece = await self.files.read(f"{place}/{number:05d}.m4s", PIECE)
                await asyncio.to_thread(append, into, piece)

    async def ship_on(self, room: str, folder: Path) -> None:
        """Put pieces into the bucket as they are done; while it does not take them, they wait."""
        while True:
            await asyncio.sleep(SHIP_EVERY)
            with suppress(LessonError):
                await self.ship(room, folder, pieces_in(folder)[:-1])

    async def ship_all(self, room: str, folder: Path) -> None:
        await self.ship(room, folder, pieces_in(folder))
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()

    async def ship(self, room: str, folder: Path, pieces: list[Path]) -> None:
        if not pieces:
            return
        number = await self.number_of(room, folder)
        for piece in pieces:
            if number is not None:
                await self.files.put(f"{place_of(room, number)}/{piece.name}", piece, "video/iso.segment")
            piece.unlink(missing_ok=True)

    async def number_of(self, room: str, folder: Path) -> int | None:
        """The number of this folder's part, which is the first free one at first; None if it is settled already."""
        begun = json.loads(await asyncio.to_thread((folder / BEGUN).read_text))
        for number in count():
            whole, part = await self.notes(room, number)
            if whole is None and part is None:
                await self.write(f"{place_of(room, number)}/part.json", {"id": folder.name, **begun})
                whole, part = await self.notes(room, number)
            if folder.name == (whole or part or begun).get("id"):
                return None if whole else number
        return None

    def drafts(self) -> TemporaryDirectory[str]:
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        return TemporaryDirectory(dir=self.scratch, prefix=".")

    async def notes(self, room: str, number: int) -> tuple[Note | None, Note | None]:
        """What is known of a part: as a whole file, else as pieces."""
        place = place_of(room, number)
        whole = await self.note(f"{place}.json")
        return whole, None if whole else await self.note(f"{place}/part.json")

    async def note(self, key: str) -> Note | None:
        try:
            note: Note = json.loads(await self.files.read(key, NOTE))
        except RecordingMissing:
            return None
        return note

    async def write(self, key: str, note: Note) -> None:
        """Keep a note; one that is there already stays."""
        with self.drafts() as folder:
            draft = Path(folder, "note.json")
            await asyncio.to_thread(draft.write_text, json.dumps(note))
            await self.files.put(key, draft, "application/json", replace=False)


def place_of(room: str, number: int) -> str:
    return f"lessons/{checked(room)}/recordings/{number:04d}"


def file_of(key: str, whole: Note) -> RecordedFile:
    return RecordedFile(key, whole["bytes"], whole["seconds"], whole["started_at"], student_channel=1)


def pieces_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.m4s"))


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Lock a folder for as long as the block lasts and we live; False where it is locked already, or gone."""
    try:
        lock = (folder / "lock").open("wb")
    except FileNotFoundError:
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_held(folder: Path) -> bool:
    with held(folder) as is_ours:
        return folder.exists() and not is_ours


def append(into: Path, piece: bytes) -> None:
    with into.open("ab") as file:
        file.write(piece)


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def unheard(told: Any) -> None:
    """There is nothing to tell on the way."""
