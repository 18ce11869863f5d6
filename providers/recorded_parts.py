"""Where the parts of a room's recording are kept, from the first seconds of each to the whole file.

In the bucket, below `lessons/<room>/recordings/`, part 0 is at first `0000/part.json` and, in order, the pieces
`0000/00000.m4s` ..., an empty one of which closes it; at last it is `0000.mp4` and `0000.json`, and no pieces. What a
recorder has not yet put there lies in `scratch/<room>/<id>/`, a folder that is locked while somebody records into it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, count
from pathlib import Path
from typing import Any
from uuid import uuid4

from lessons.capture import RecordedFile
from lessons.errors import LessonError, RecordingMissing, RecordingUnfinished
from lessons.ports import FileStore
from providers.children import ask
from providers.holding import held, is_held
from providers.object_keys import checked
from providers.part_notes import Note, PartNotes, drafts, is_alive, is_whole, place_of
from providers.shipping import Shipment

PARTING = 8.0
"""Seconds that the last pieces have to get into the bucket when we are to stop at once."""

PIECE = 1 << 26
"""The most bytes of a piece."""

SOON = timedelta(seconds=10)


@dataclass(frozen=True)
class RecordedParts:
    """The recordings of all rooms. Raises StorageUnavailable, NoDiskSpace, OperatorAction, PartCrashed."""

    files: FileStore
    scratch: Path
    parting: float = PARTING

    @property
    def notes(self) -> PartNotes:
        return PartNotes(self.files, self.scratch)

    @asynccontextmanager
    async def new(self, room: str) -> AsyncIterator[Path]:
        """A folder to record into; its pieces are put into the bucket while the block lasts, and the rest after it."""
        folder = self.scratch / checked(room) / uuid4().hex
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
        shipment = Shipment(self.notes, room, folder)
        with held(folder):
            try:
                async with shipment.going_on():
                    yield folder
            except asyncio.CancelledError:
                with suppress(LessonError, OSError):
                    await asyncio.wait_for(shipment.finish(), self.parting)
                raise

    async def rescue(self, room: str) -> None:
        """Put into the bucket what a recorder that died has left on this machine."""
        for folder in await self.folders(room):
            with held(folder) as is_ours:
                if is_ours:
                    await Shipment(self.notes, room, folder).finish()

    async def folders(self, room: str) -> list[Path]:
        return await asyncio.to_thread(sorted, (self.scratch / checked(room)).glob("*"))

    async def settled(self, room: str) -> list[RecordedFile]:
        """Make whole files of all parts that nobody records, and return them in order; empty ones are left out.

        Raises RecordingUnfinished where somebody records one, on whichever machine.
        """
        await self.rescue(room)
        held_here = {folder.name for folder in await self.folders(room) if is_held(folder)}
        goes_on = bool(held_here)
        files: list[RecordedFile] = []
        for number in count():
            note = await self.notes.of(room, number)
            if note is None:
                break
            if not is_whole(note) and (is_alive(note) or note["id"] in held_here):
                goes_on = True
            else:
                files.append(await self.file(room, number, note))
        if goes_on:
            raise RecordingUnfinished(after=SOON)
        return sorted((file for file in files if file.bytes), key=lambda file: file.started_at)

    async def file(self, room: str, number: int, note: Note) -> RecordedFile:
        """A part as a whole file, of which no pieces are left."""
        place = place_of(room, number)
        whole = note if is_whole(note) else await self.settle(place, note)
        await self.files.delete(f"{place}/")
        return RecordedFile(f"{place}.mp4", whole["bytes"], whole["seconds"], whole["started_at"], student_channel=1)

    async def settle(self, place: str, part: Note) -> Note:
        """Make one file of a part's pieces; whoever is first decides what it is, should two do so at once."""
        with drafts(self.scratch) as folder:
            joined, copy = Path(folder, "joined.mp4"), Path(folder, "whole.mp4")
            until = await self.join(place, part.get("first", 1), joined)
            begins, seconds = await ask("providers.remux_child", {"source": str(joined), "into": str(copy)}, unheard)
            if seconds:
                await self.files.put(f"{place}.mp4", copy, "video/mp4", replace=False)
        size = await self.files.size(f"{place}.mp4") if seconds else 0
        whole = {"started_at": part["started_at"] + begins, "seconds": seconds, "bytes": size, "until": until}
        await self.notes.write(f"{place}.json", {**part, **whole})
        return await self.notes.read(f"{place}.json") or {}

    async def join(self, place: str, first: int, into: Path) -> int:
        """String a part's pieces together, one of them in memory; return the number of the first that is not there."""
        await asyncio.to_thread(into.touch)
        for number in chain((0,), count(first)):
            piece = await self.piece(f"{place}/{number:05d}.m4s", into.with_name("nothing"))
            if not piece:
                return number
            await asyncio.to_thread(append, into, piece)
        raise AssertionError

    async def piece(self, key: str, nothing: Path) -> bytes:
        """A piece; where none is, an empty one is from now on, so that none can come any more."""
        with suppress(RecordingMissing):
            return await self.files.read(key, PIECE)
        await asyncio.to_thread(nothing.touch)
        await self.files.put(key, nothing, "video/iso.segment", replace=False)
        with suppress(RecordingMissing):
            return await self.files.read(key, PIECE)
        return b""


def append(into: Path, piece: bytes) -> None:
    with into.open("ab") as file:
        file.write(piece)


async def unheard(told: Any) -> None:
    """There is nothing to tell on the way."""
