"""How the parts of a recording get from a recorder's folder into the bucket, and become whole files there."""

import asyncio
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from lessons.errors import PartCrashed, StorageUnavailable
from providers.disk import DiskFileStore
from providers.film import Film
from providers.object_keys import checked
from providers.recorded_parts import RecordedParts, held
from providers.timeline import FPS, RATE, Due

ROOM = "11111111-1111-4111-8111-111111111111"


@dataclass(frozen=True)
class Failing(DiskFileStore):
    """A storage that fails at the n-th change; 0 is never."""

    changes: list[str] = field(default_factory=list)
    fails_at: list[int] = field(default_factory=list)

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        self.count(key)
        await super().put(key, source, content_type, replace)
        self.count(key)

    async def delete(self, prefix: str) -> None:
        self.count(prefix)
        await super().delete(prefix)
        self.count(prefix)

    def count(self, key: str) -> None:
        self.changes.append(key)
        if len(self.changes) in self.fails_at:
            raise StorageUnavailable


@pytest.fixture
def store(tmp_path: Path) -> Failing:
    return Failing(tmp_path / "files", "recordings", "", "")


@pytest.fixture
def parts(store: Failing, tmp_path: Path) -> RecordedParts:
    return RecordedParts(store, tmp_path / "scratch")


def film_into(folder: Path, started_at: float, seconds: int = 3, pieces: int = 3) -> None:
    """What the recorder's child leaves in its folder."""
    (folder / "begun.json").write_text(json.dumps({"started_at": started_at}))
    film = Film(folder)
    film.write(Due(0, [None] * FPS * seconds, 0, np.ones((seconds * RATE // 1024 * 1024, 2), np.int16), True))
    film.close()
    whole = b"".join(piece.read_bytes() for piece in sorted(folder.glob("*.m4s")))
    size = len(whole) // pieces + 1
    for number in range(pieces):
        (folder / f"{number:05d}.m4s").write_bytes(whole[number * size : (number + 1) * size])


async def record(parts: RecordedParts, started_at: float) -> None:
    async with parts.new(ROOM) as folder:
        await asyncio.to_thread(film_into, folder, started_at)


async def crash(parts: RecordedParts) -> None:
    async with parts.new(ROOM) as folder:
        await asyncio.to_thread(film_into, folder, 1000.0)
        raise PartCrashed


def left_by_the_dead(parts: RecordedParts, name: str, started_at: float) -> Path:
    folder = parts.scratch / ROOM / name
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    film_into(folder, started_at)
    return folder


def stored(store: Failing) -> list[str]:
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())


def names(*short: str) -> list[str]:
    return [f"lessons/{ROOM}/recordings/{one}" for one in short]


async def test_a_part_becomes_one_whole_file_and_twice_is_once(parts: RecordedParts, store: Failing) -> None:
    await record(parts, 1000.5)
    assert stored(store) == names(*(f"0000/{number:05d}.m4s" for number in range(3)), "0000/part.json")
    (file,) = await parts.settled(ROOM)
    assert (file.key, file.started_at, file.student_channel) == (f"lessons/{ROOM}/recordings/0000.mp4", 1000.5, 1)
    assert file.seconds == pytest.approx(3.0, abs=0.05)
    assert file.bytes == store.path_of(checked(file.key)).stat().st_size
    assert await parts.settled(ROOM) == [file]
    assert stored(store) == names("0000.json", "0000.mp4")
    assert list(parts.scratch.iterdir()) == []


async def test_parts_are_told_in_the_order_in_which_they_began(parts: RecordedParts) -> None:
    await record(parts, 3000.0)
    left_by_the_dead(parts, "earlier", 1000.0)
    await record(parts, 2000.0)
    assert [file.started_at for file in await parts.settled(ROOM)] == [1000.0, 2000.0, 3000.0]


async def test_a_room_that_was_never_recorded_has_nothing(parts: RecordedParts) -> None:
    assert await parts.settled(ROOM) == []


async def test_a_part_that_is_being_recorded_is_left_alone(parts: RecordedParts, store: Failing) -> None:
    async with parts.new(ROOM) as folder:
        await asyncio.to_thread(film_into, folder, 1000.0)
        await parts.ship(ROOM, folder, [folder / "00000.m4s"])
        assert await parts.settled(ROOM) == []
        assert stored(store) == names("0000/00000.m4s", "0000/part.json")
    assert len(await parts.settled(ROOM)) == 1


async def test_what_a_recorder_that_crashed_has_written_is_in_the_bucket_at_once(
    parts: RecordedParts, store: Failing
) -> None:
    with pytest.raises(PartCrashed):
        await crash(parts)
    assert len(stored(store)) == 4


async def test_what_a_dead_worker_has_left_is_found_and_what_a_dead_machine_has_left_too(
    parts: RecordedParts, tmp_path: Path, store: Failing
) -> None:
    folder = left_by_the_dead(parts, "dead", 1000.0)
    await parts.ship(ROOM, folder, sorted(folder.glob("*.m4s"))[:2])
    shutil.rmtree(parts.scratch)
    (cut_off,) = await RecordedParts(store, tmp_path / "elsewhere").settled(ROOM)
    assert 0 < cut_off.seconds < 3


async def test_what_comes_after_settling_is_dropped(parts: RecordedParts, store: Failing, tmp_path: Path) -> None:
    folder = left_by_the_dead(parts, "slow", 1000.0)
    await parts.ship(ROOM, folder, sorted(folder.glob("*.m4s"))[:2])
    before = await RecordedParts(store, tmp_path / "elsewhere").settled(ROOM)
    assert await parts.settled(ROOM) == before
    assert stored(store) == names("0000.json", "0000.mp4")


async def test_a_part_of_which_nothing_can_be_read_is_none(parts: RecordedParts, store: Failing) -> None:
    folder = left_by_the_dead(parts, "broken", 1000.0)
    (folder / "00000.m4s").write_bytes(b"\0" * 100)
    assert await parts.settled(ROOM) == []
    assert await parts.settled(ROOM) == []
    await record(parts, 2000.0)
    (file,) = await parts.settled(ROOM)
    assert file.key.endswith("0001.mp4")


async def test_a_recorder_that_died_before_it_began_leaves_nothing(parts: RecordedParts) -> None:
    (parts.scratch / ROOM / "unborn").mkdir(parents=True)
    assert await parts.settled(ROOM) == []
    assert list(parts.scratch.iterdir()) == []


async def test_settling_may_die_at_any_change_and_ends_the_same(parts: RecordedParts, store: Failing) -> None:
    for dies_at in range(1, 15):
        await store.delete(f"lessons/{ROOM}/")
        shutil.rmtree(parts.scratch, ignore_errors=True)
        left_by_the_dead(parts, "dead", 1000.0)
        store.changes.clear()
        store.fails_at[:] = [dies_at]
        with pytest.raises(StorageUnavailable):
            await parts.settled(ROOM)
        store.fails_at.clear()
        (file,) = await parts.settled(ROOM)
        assert (file.started_at, round(file.seconds)) == (1000.0, 3)
        assert stored(store) == names("0000.json", "0000.mp4")


async def test_two_who_settle_at_once_agree(parts: RecordedParts, store: Failing, tmp_path: Path) -> None:
    await record(parts, 1000.0)
    other = RecordedParts(store, tmp_path / "elsewhere")
    one, two = await asyncio.gather(parts.settled(ROOM), other.settled(ROOM))
    assert one == two
    assert len(one) == 1


async def test_a_folder_is_held_once(tmp_path: Path) -> None:
    with held(tmp_path) as first, held(tmp_path) as second:
        assert (first, second) == (True, False)
    with held(tmp_path) as third:
        assert third
