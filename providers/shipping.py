"""Brings what a recorder writes into a folder of this machine into the bucket, while it is written.

A piece is put only where nothing is. Who makes a whole file of a part puts an empty piece where it ends: so either
a piece is in that file, or its recorder finds the part closed, and puts it into another one after the same head.
"""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from lessons.errors import LessonError
from providers.part_notes import Note, PartNotes, is_whole, place_of

SHIP_EVERY, MARK_EVERY = 3.0, 20.0
BEGUN, HEAD = "begun.json", "00000.m4s"
"""What a recorder writes first: when it began, and the piece without which no other can be read."""


@dataclass(frozen=True)
class Part:
    """Where the pieces from `first` on belong; from `until` on, where that is known, they come too late for it."""

    number: int
    first: int
    until: int | None = None
    has_head: bool = False


@dataclass
class Shipment:
    """The pieces of one folder, and the mark that they are still being recorded."""

    notes: PartNotes
    room: str
    folder: Path
    begun: Note = field(default_factory=dict)
    part: Part | None = None
    marked: float = 0.0

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Put pieces into the bucket while the block lasts, and the rest after it."""
        shipping = asyncio.create_task(self.go_on())
        try:
            yield
        except LessonError:
            await stopped(shipping)
            with suppress(LessonError):
                await self.finish()
            raise
        finally:
            await stopped(shipping)
        await self.finish()

    async def go_on(self) -> None:
        """Put pieces into the bucket as they are done; while it does not take them, they wait."""
        while True:
            await asyncio.sleep(SHIP_EVERY)
            with suppress(LessonError):
                await self.ship(pieces_in(self.folder)[:-1])

    async def finish(self) -> None:
        """Put there what is left, mark that nothing more comes, and remove the folder."""
        await self.ship(pieces_in(self.folder))
        if self.part and self.part.until is None:
            await self.mark(self.part, 0.0)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.parent.rmdir()

    async def ship(self, pieces: Sequence[Path]) -> None:
        """Put pieces where they belong, the oldest first; nothing is done before the recording has begun."""
        if not self.begun and (self.folder / BEGUN).exists():
            self.begun = json.loads(await asyncio.to_thread((self.folder / BEGUN).read_text))
        if not self.begun:
            return
        part = self.part = self.part or await self.newest()
        if part.until is None and time.monotonic() - self.marked > MARK_EVERY:
            await self.mark(part, time.time())
        for piece in pieces:
            part = self.part = await self.bring(part, piece)
            piece.unlink(missing_ok=True)

    async def bring(self, part: Part, piece: Path) -> Part:
        """Put a piece into this part, or into another where this one is closed before it; return into which."""
        number = int(piece.stem)
        while number >= part.first:
            part = await self.put(part, piece)
            if part.until is None or number < part.until:
                break
            part = await self.newest(part)
        return part

    async def put(self, part: Part, piece: Path) -> Part:
        """Put a piece, before a part's first one the head, and find out whether the part is closed by now."""
        for one in (piece,) if part.has_head else (self.folder / HEAD, piece):
            if part.until is None:
                part = replace(part, until=await self.closed_at(part, one), has_head=True)
        return part

    async def closed_at(self, part: Part, piece: Path) -> int | None:
        """Put a piece where nothing is; where the part is closed, return the number of the first piece not in it."""
        place, files = place_of(self.room, part.number), self.notes.files
        await files.put(f"{place}/{piece.name}", piece, "video/iso.segment", replace=False)
        stored = await files.size(f"{place}/{piece.name}")
        if whole := await self.notes.read(f"{place}.json"):
            return int(whole.get("until", 0))
        return None if stored == (await asyncio.to_thread(piece.stat)).st_size else int(piece.stem)

    async def newest(self, closed: Part | None = None) -> Part:
        """This folder's newest part; where there is none but `closed`, a new one by the first free number."""
        newest = closed
        for number in count():
            note = await self.notes.of(self.room, number)
            if note is None and newest is not closed and newest:
                return newest
            note = note or await self.begin(number, closed)
            if note["id"] == self.folder.name and number > (closed.number if closed else -1):
                newest = Part(number, note.get("first", 1), note.get("until", 0) if is_whole(note) else None)
        raise AssertionError

    async def begin(self, number: int, closed: Part | None) -> Note:
        """Take a number for a part that goes on where another is closed; return the note of whoever has it then."""
        part = Part(number, max(closed.first, closed.until or 0) if closed else 1)
        await self.mark(part, time.time(), replace=False)
        return await self.notes.of(self.room, number) or {"id": None}

    async def mark(self, part: Part, at: float, replace: bool = True) -> None:
        """Note of a part when it was last being recorded."""
        note = {"id": self.folder.name, **self.begun, "first": part.first, "at": at}
        await self.notes.write(f"{place_of(self.room, part.number)}/part.json", note, replace)
        self.marked = time.monotonic()


def pieces_in(folder: Path) -> list[Path]:
    """The pieces but for the head, which stays in the folder: another part begins with it too."""
    return [piece for piece in sorted(folder.glob("*.m4s")) if piece.name != HEAD]


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
