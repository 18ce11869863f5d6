"""How the parts of a recording get from a recorder's folder into the bucket, and become whole files there."""

import asyncio
import json
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from lessons.errors import PartCrashed, RecordingUnfinished, StorageUnavailable
from providers.disk import DiskFileStore
from providers.film import Film
from providers.object_keys import checked
from providers.part_notes import DEAD_AFTER
from providers.recorded_parts import RecordedParts
from providers.shipping import Shipment, pieces_in
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


@pytest.fixture
def elsewhere(store: Failing, tmp_path: Path) -> RecordedParts:
    """The same recordings as another machine sees them."""
    return RecordedParts(store, tmp_path / "elsewhere")


def film_into(folder: Path, started_at: float, seconds: int = 3) -> None:
    """What the recorder's child leaves in its folder: a head, and a piece for each second."""
    (folder / "begun.json").write_text(json.dumps({"started_at": started_at}))
    film, samples = Film(folder, piece_seconds=0.0), RATE // 1024 * 1024
    for second in range(seconds):
        film.write(Due(second * FPS, [None] * FPS, second * samples, np.ones((samples, 2), np.int16), True))
    film.close()


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


async def ship(parts: RecordedParts, folder: Path, pieces: int) -> Shipment:
    """Bring so many pieces into the bucket, as somebody who goes on recording."""
    shipment = Shipment(parts.notes, ROOM, folder)
    await shipment.ship(pieces_in(folder)[:pieces])
    return shipment


async def mark(parts: RecordedParts, seconds_ago: float, number: int = 0) -> None:
    """Have a part last marked so long ago."""
    key = names(f"{number:04d}/part.json")[0]
    note = await parts.notes.read(key) or {}
    await parts.notes.write(key, {**note, "at": time.time() - seconds_ago}, replace=True)


def stored(store: Failing) -> list[str]:
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())


def names(*short: str) -> list[str]:
    return [f"lessons/{ROOM}/recordings/{one}" for one in short]


async def test_a_part_becomes_one_whole_file_and_twice_is_once(parts: RecordedParts, store: Failing) -> None:
    await record(parts, 1000.5)
    assert stored(store) == names(*(f"0000/{number:05d}.m4s" for number in range(4)), "0000/part.json")
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


async def test_a_part_that_is_being_recorded_is_unfinished_wherever_it_is_asked_for(
    parts: RecordedParts, elsewhere: RecordedParts, store: Failing
) -> None:
    await record(parts, 500.0)
    async with parts.new(ROOM) as folder:
        with pytest.raises(RecordingUnfinished):
            await parts.settled(ROOM)
        await asyncio.to_thread(film_into, folder, 1000.0)
        await ship(parts, folder, 1)
        for asking in (parts, elsewhere):
            with pytest.raises(RecordingUnfinished) as raised:
                await asking.settled(ROOM)
            assert raised.value.after
        pieces = ("0001/00000.m4s", "0001/00001.m4s")
        assert stored(store) == names("0000.json", "0000.mp4", *pieces, "0001/part.json")
    assert [file.started_at for file in await elsewhere.settled(ROOM)] == [500.0, 1000.0]


@pytest.mark.parametrize("seconds_ago", [DEAD_AFTER + 5, -DEAD_AFTER - 5])
async def test_a_part_that_nobody_has_marked_for_minutes_is_settled(
    parts: RecordedParts, elsewhere: RecordedParts, seconds_ago: float
) -> None:
    await ship(parts, left_by_the_dead(parts, "dead", 1000.0), 2)
    await mark(parts, seconds_ago)
    (file,) = await elsewhere.settled(ROOM)
    assert file.seconds == pytest.approx(2.0, abs=0.05)


async def test_a_recording_says_every_half_minute_that_it_goes_on(parts: RecordedParts) -> None:
    shipment = await ship(parts, left_by_the_dead(parts, "slow", 1000.0), 1)
    await mark(parts, DEAD_AFTER + 5)
    shipment.marked -= 30
    await shipment.ship([])
    note = await parts.notes.of(ROOM, 0)
    assert note
    assert time.time() - note["at"] < DEAD_AFTER


async def test_a_recorder_that_was_taken_for_dead_goes_on_with_another_part_in_its_place(
    parts: RecordedParts, elsewhere: RecordedParts
) -> None:
    async with parts.new(ROOM) as folder:
        await asyncio.to_thread(film_into, folder, 1000.0, seconds=5)
        await ship(parts, folder, 2)
        await mark(parts, DEAD_AFTER + 5)
        (before,) = await elsewhere.settled(ROOM)
        assert before.seconds == pytest.approx(2.0, abs=0.05)
    first, second = await elsewhere.settled(ROOM)
    assert first == before
    assert second.started_at == pytest.approx(1002.0, abs=0.05)
    assert second.started_at + second.seconds == pytest.approx(1005.0, abs=0.05)


async def test_what_a_recorder_that_crashed_has_written_is_in_the_bucket_at_once(
    parts: RecordedParts, store: Failing
) -> None:
    with pytest.raises(PartCrashed):
        await crash(parts)
    assert stored(store) == names(*(f"0000/{number:05d}.m4s" for number in range(4)), "0000/part.json")


@dataclass(frozen=True)
class Gated(DiskFileStore):
    """A storage that takes nothing before its gate is open."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        await self.gate.wait()
        await super().put(key, source, content_type, replace)


async def record_until_cancelled(parts: RecordedParts, begun: asyncio.Event) -> None:
    async with parts.new(ROOM) as folder:
        await asyncio.to_thread(film_into, folder, 1000.0)
        begun.set()
        await asyncio.Event().wait()


async def cancelled(recording: "asyncio.Task[None]") -> None:
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording


async def test_a_recorder_that_is_cancelled_leaves_all_that_it_has_in_the_bucket(
    parts: RecordedParts, elsewhere: RecordedParts
) -> None:
    begun = asyncio.Event()
    recording = asyncio.create_task(record_until_cancelled(parts, begun))
    await begun.wait()
    await cancelled(recording)
    assert list(parts.scratch.iterdir()) == []
    (file,) = await elsewhere.settled(ROOM)
    assert file.seconds == pytest.approx(3.0, abs=0.05)


async def test_a_recorder_that_is_cancelled_does_not_wait_for_a_storage_that_hangs(tmp_path: Path) -> None:
    store = Gated(tmp_path / "files", "recordings", "", "")
    parts, begun = RecordedParts(store, tmp_path / "scratch", parting=0.1), asyncio.Event()
    recording = asyncio.create_task(record_until_cancelled(parts, begun))
    await begun.wait()
    async with asyncio.timeout(30):
        await cancelled(recording)
    store.gate.set()
    (file,) = await parts.settled(ROOM)
    assert file.seconds == pytest.approx(3.0, abs=0.05)


async def test_a_recorder_that_is_cancelled_at_its_end_still_brings_the_last_pieces(
    elsewhere: RecordedParts, tmp_path: Path
) -> None:
    store = Gated(elsewhere.scratch.parent / "files", "recordings", "", "")
    parts = RecordedParts(store, tmp_path / "scratch")
    recording = asyncio.create_task(record(parts, 1000.0))
    while not any(parts.scratch.rglob("00003.m4s")):
        await asyncio.sleep(0.01)
    asyncio.get_running_loop().call_later(0.2, store.gate.set)
    await cancelled(recording)
    (file,) = await elsewhere.settled(ROOM)
    assert file.seconds == pytest.approx(3.0, abs=0.05)


async def test_what_a_dead_worker_has_left_is_found_and_what_a_dead_machine_has_left_too(
    parts: RecordedParts, elsewhere: RecordedParts
) -> None:
    await ship(parts, left_by_the_dead(parts, "dead", 1000.0), 1)
    (whole,) = await parts.settled(ROOM)
    await ship(parts, left_by_the_dead(parts, "dead too", 2000.0), 1)
    await mark(parts, DEAD_AFTER + 5, number=1)
    shutil.rmtree(parts.scratch)
    assert [round(file.seconds) for file in await elsewhere.settled(ROOM)] == [round(whole.seconds), 1] == [3, 1]


async def test_what_comes_after_settling_is_a_part_of_its_own(
    parts: RecordedParts, elsewhere: RecordedParts, store: Failing
) -> None:
    await ship(parts, left_by_the_dead(parts, "slow", 1000.0), 2)
    await mark(parts, DEAD_AFTER + 5)
    (before,) = await elsewhere.settled(ROOM)
    first, second = await parts.settled(ROOM)
    assert first == before
    assert (round(second.started_at), round(second.seconds)) == (1002, 1)
    assert stored(store) == names("0000.json", "0000.mp4", "0001.json", "0001.mp4")


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
    for dies_at in range(1, 21):
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


async def test_two_who_settle_at_once_agree(parts: RecordedParts, elsewhere: RecordedParts) -> None:
    await record(parts, 1000.0)
    one, two = await asyncio.gather(parts.settled(ROOM), elsewhere.settled(ROOM))
    assert one == two
    assert len(one) == 1
