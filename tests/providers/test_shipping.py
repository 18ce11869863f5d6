"""Pieces on their way into a bucket while somebody else closes their part: each is in one part, and in one only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from lessons.errors import StorageUnavailable
from lessons.ports import FileStore
from providers.disk import DiskFileStore
from providers.part_notes import Note, PartNotes, is_whole, place_of
from providers.recorded_parts import RecordedParts
from providers.shipping import Shipment, pieces_in
from tests.vendors.seaweed import Seaweed

LAST = 4
ALL = [str(number) for number in range(1, LAST + 1)]


@dataclass(frozen=True)
class Interrupted(DiskFileStore):
    """A storage with which something happens before it answers for the n-th time."""

    happens: dict[int, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        await self.interrupt(key)
        await super().put(key, source, content_type, replace)

    async def size(self, key: str) -> int | None:
        await self.interrupt(key)
        return await super().size(key)

    async def read(self, key: str, most: int) -> bytes:
        await self.interrupt(key)
        return await super().read(key, most)

    async def delete(self, prefix: str) -> None:
        await self.interrupt(prefix)
        await super().delete(prefix)

    async def interrupt(self, key: str) -> None:
        self.asked.append(key)
        if happens := self.happens.pop(len(self.asked), None):
            await happens()


@dataclass(frozen=True)
class Room:
    """A room that is recorded on one machine, and whose parts are closed on another."""

    home: Path
    name: str = field(default_factory=lambda: str(uuid4()))

    @property
    def folder(self) -> Path:
        return self.home / "recorder" / self.name

    def filmed(self, store: FileStore) -> Shipment:
        """Pieces to be shipped, which hold their numbers."""
        self.folder.mkdir(parents=True)
        (self.folder / "begun.json").write_text('{"started_at": 1000.0}')
        for number in range(LAST + 1):
            (self.folder / f"{number:05d}.m4s").write_text(f"{number} ")
        return self.shipment(store)

    def shipment(self, store: FileStore) -> Shipment:
        return Shipment(PartNotes(store, self.home / "recorder"), self.name, self.folder)

    async def close(self, store: FileStore) -> None:
        """Settle all parts as if their recorder were dead; what they hold is noted as their seconds."""
        parts = RecordedParts(store, self.home / "closer")
        for number, note in enumerate(await self.notes(store)):
            place = place_of(self.name, number)
            if not is_whole(note):
                into = self.home / uuid4().hex
                until = await parts.join(place, note["first"], into)
                await parts.notes.write(f"{place}.json", {**note, "until": until, "seconds": into.read_text()})
            await store.delete(f"{place}/")

    async def notes(self, store: FileStore) -> list[Note]:
        notes, found = PartNotes(store, self.home / "closer"), list[Note]()
        while note := await notes.of(self.name, len(found)):
            found.append(note)
        return found

    async def held(self, store: FileStore) -> list[str]:
        """What all parts hold after their heads, once they are closed."""
        await self.close(store)
        parts = [note["seconds"].split() for note in await self.notes(store)]
        assert all(part[0] == "0" for part in parts if part)
        return [piece for part in parts for piece in part[1:]]


def disk(home: Path) -> Interrupted:
    return Interrupted(home / "files", "recordings", "", "")


@pytest.mark.parametrize("moment", range(1, 24))
async def test_a_part_may_be_closed_at_any_moment_of_its_shipping(tmp_path: Path, moment: int) -> None:
    room, store = Room(tmp_path), disk(tmp_path)
    shipment = room.filmed(store)
    store.happens[moment] = lambda: room.close(disk(tmp_path))
    await shipment.finish()
    assert store.happens == {}
    assert await room.held(disk(tmp_path)) == ALL


@pytest.mark.parametrize("moment", range(1, 13))
async def test_pieces_may_come_at_any_moment_of_their_part_s_closing(tmp_path: Path, moment: int) -> None:
    room, store = Room(tmp_path), disk(tmp_path)
    shipment = room.filmed(disk(tmp_path))
    await shipment.ship(pieces_in(room.folder)[:2])
    store.happens[moment] = shipment.finish
    await room.close(store)
    assert store.happens == {}
    assert await room.held(disk(tmp_path)) == ALL


@pytest.mark.parametrize("moment", range(1, 24))
async def test_who_takes_a_dead_recorder_s_pieces_over_finds_the_part_they_belong_to(
    tmp_path: Path, moment: int
) -> None:
    """The first one dies at that moment, and the part is closed then."""
    room, store = Room(tmp_path), disk(tmp_path)
    shipment = room.filmed(store)

    async def die() -> None:
        raise StorageUnavailable

    store.happens[moment] = die
    with pytest.raises(StorageUnavailable):
        await shipment.finish()
    await room.close(disk(tmp_path))
    await room.shipment(disk(tmp_path)).finish()
    assert await room.held(disk(tmp_path)) == ALL


async def test_on_s3_too_pieces_that_come_too_late_are_a_part_of_their_own(tmp_path: Path, seaweed: Seaweed) -> None:
    room, store = Room(tmp_path), seaweed.store("recordings")
    shipment = room.filmed(store)
    await shipment.ship(pieces_in(room.folder)[:2])
    parts = RecordedParts(store, tmp_path / "closer")
    assert await parts.join(place_of(room.name, 0), 1, tmp_path / "joined") == 3
    await shipment.finish()
    assert await room.held(store) == ALL
