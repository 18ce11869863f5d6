"""What only files in a folder are asked: uploads through us, links of our own that end, and a disk that is full."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lessons.errors import NoDiskSpace, RecordingMissing, StorageUnavailable
from providers.disk import DiskFileStore, told

KEY = "lessons/16fd2706-8baf-433b-82eb-8c7fada847da/audio-0.m4a"
NASTY = [
    "",
    "..",
    "../keys.json",
    "lessons/../../keys.json",
    "/etc/passwd",
    ".incoming/a",
    "lessons/.hidden",
    "lessons/a\n",
]


@pytest.fixture
def store(tmp_path: Path) -> DiskFileStore:
    return DiskFileStore(tmp_path / "files", "recordings", "http://127.0.0.1:8000", "a secret")


SOUND = b"sound" * 1000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(SOUND)
    return path


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def everything_in(store: DiskFileStore) -> list[str]:
    return sorted(path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", NASTY)
async def test_an_upload_cannot_lead_elsewhere(key: str, store: DiskFileStore) -> None:
    with pytest.raises(RecordingMissing):
        await store.receive(key, chunks(b"x"))
    assert everything_in(store) == []


async def test_what_is_put_twice_lies_there_once_and_alone(store: DiskFileStore, file: Path) -> None:
    for replace in (True, True, False):
        await store.put(KEY, file, "audio/mp4", replace)
    assert everything_in(store) == [KEY]


async def test_an_upload_that_breaks_off_leaves_nothing(store: DiskFileStore) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(StorageUnavailable):
        await store.receive(KEY, breaking())
    assert everything_in(store) == []


async def test_an_upload_that_is_cancelled_leaves_nothing_and_the_former_object(store: DiskFileStore) -> None:
    await store.receive(KEY, chunks(b"for", b"mer"))
    arrived = asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        yield b"half"
        arrived.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(store.receive(KEY, hanging()))
    await arrived.wait()
    upload.cancel()
    await asyncio.gather(upload, return_exceptions=True)
    assert await store.read(KEY, 100) == b"former"
    assert everything_in(store) == [KEY]


def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(NoDiskSpace), told():
        Path("/dev/full").write_bytes(b"x")
    with pytest.raises(StorageUnavailable), told():
        raise OSError(errno.EIO, "broken")


async def test_a_link_allows_one_method_on_one_object_for_a_while(store: DiskFileStore) -> None:
    url = urlsplit(await store.signed_url(KEY, 60))
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert url.path == f"/files/recordings/{KEY}"
    expires, signature = query["expires"], query["signature"]
    assert store.allows("GET", KEY, expires, signature)
    assert not store.allows("PUT", KEY, expires, signature)
    assert not store.allows("GET", f"{KEY}x", expires, signature)
    assert not store.allows("GET", KEY, str(int(expires) + 1), signature)
    assert not store.allows("GET", KEY, expires, signature[:-1] + ("0" if signature[-1] != "0" else "1"))
    assert not store.allows("GET", KEY, "", "")
    other = DiskFileStore(store.home, "marketing-clips", store.base_url, store.secret)
    assert not other.allows("GET", KEY, expires, signature)


async def test_an_expired_link_allows_nothing(store: DiskFileStore) -> None:
    url = urlsplit(await store.upload_url(KEY, -1))
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert not store.allows("PUT", KEY, query["expires"], query["signature"])


async def test_the_folder_is_ours_alone(store: DiskFileStore, file: Path) -> None:
    await store.put(KEY, file, "audio/mp4")
    assert store.folder.stat().st_mode & 0o077 == 0


async def test_drafts_that_a_killed_process_left_are_removed_after_a_day(store: DiskFileStore) -> None:
    old, young = (store.folder / ".incoming" / name for name in ("old", "young"))
    old.parent.mkdir(parents=True)
    for draft in (old, young):
        draft.touch()
    os.utime(old, (0, 0))
    await store.check()
    assert not old.exists()
    assert young.exists()
