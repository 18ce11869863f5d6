"""What every storage promises; the disk answers through the web front, SeaweedFS by itself."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from api.operations import routes_of
from api.routes import FILE, OPERATIONS
from lessons.errors import BadTranscript, RecordingMissing
from lessons.ports import FileStore
from providers.disk import DiskFileStore
from providers.s3 import PART
from tests.vendors.seaweed import Seaweed

SOUND = b"sound" * 1000
NASTY = [
    "",
    "/",
    "..",
    "../keys.json",
    "lessons/../../keys.json",
    "lessons/./a",
    "/etc/passwd",
    "lessons//a",
    "lessons/a/",
    ".incoming/a",
    "lessons/.hidden",
    "lessons/a\x00b",
    "lessons/a\n",
    "lessons/ä",
    "lessons/a b",
    "lessons\\a",
    "lessons/a?acl",
    "lessons/%2e%2e/a",
    "a" * 300,
    "/".join("a" * 20),
]


@dataclass(frozen=True)
class Storage:
    """Both buckets, and whoever fetches by their URLs; `root` is a folder of this test's own."""

    recordings: FileStore
    clips: FileStore
    http: httpx2.AsyncClient
    root: str

    async def put(self, key: str, content: bytes, folder: Path) -> str:
        (folder / "source").write_bytes(content)
        await self.recordings.put(f"{self.root}/{key}", folder / "source", "audio/mp4")
        return f"{self.root}/{key}"


@pytest.fixture
async def on_disk(tmp_path: Path) -> AsyncIterator[Storage]:
    private, public = (
        DiskFileStore(tmp_path / "files", name, "http://studio.test", "secret", is_public)
        for name, is_public in (("recordings", False), ("marketing-clips", True))
    )
    files = Starlette(routes=routes_of([one for one in OPERATIONS if one.path == FILE]))
    state = {"buckets": {"recordings": private, "marketing-clips": public}, "public_url": private.base_url}

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        await files({**scope, "state": state}, receive, send)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(front)) as http:
        yield Storage(private, public, http, "lessons")


@pytest.fixture
async def on_s3(seaweed: Seaweed) -> AsyncIterator[Storage]:
    async with httpx2.AsyncClient() as http:
        yield Storage(seaweed.store("recordings"), seaweed.store("marketing-clips"), http, f"t{uuid4().hex}")


@pytest.fixture(params=["on_disk", "on_s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    chosen: Storage = request.getfixturevalue(request.param)
    return chosen


async def test_a_storage_that_can_be_used_says_so(storage: Storage) -> None:
    await storage.recordings.check()
    await storage.clips.check()


async def test_what_is_put_can_be_read_and_twice_is_once(storage: Storage, tmp_path: Path) -> None:
    for _ in range(2):
        key = await storage.put("a/audio-0.m4a", SOUND, tmp_path)
    assert await storage.recordings.size(key) == len(SOUND)
    assert await storage.recordings.read(key, len(SOUND)) == SOUND


async def test_an_empty_file_is_an_object_too(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/empty", b"", tmp_path)
    assert await storage.recordings.size(key) == 0
    assert await storage.recordings.read(key, 10) == b""


async def test_what_is_put_again_replaces_unless_the_first_is_to_stay(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/answer", b"first", tmp_path)
    (tmp_path / "second").write_bytes(b"second")
    await storage.recordings.put(key, tmp_path / "second", "application/json", replace=False)
    assert await storage.recordings.read(key, 100) == b"first"
    await storage.recordings.put(key, tmp_path / "second", "application/json")
    assert await storage.recordings.read(key, 100) == b"second"
    other = f"{storage.root}/a/other"
    await storage.recordings.put(other, tmp_path / "second", "application/json", replace=False)
    assert await storage.recordings.read(other, 100) == b"second"


async def test_a_large_file_arrives_whole_and_leaves_nothing_beside_it(storage: Storage, tmp_path: Path) -> None:
    whole, other = os.urandom(2 * PART + 12_345), os.urandom(PART + 1)
    key = await storage.put("a/large.m4a", whole, tmp_path)
    fetched = await storage.http.get(await storage.recordings.signed_url(key))
    assert fetched.content == whole
    assert fetched.headers["content-type"] == "audio/mp4"
    (tmp_path / "other").write_bytes(other)
    await storage.recordings.put(key, tmp_path / "other", "audio/mp4", replace=False)
    assert await storage.recordings.size(key) == len(whole)
    await storage.recordings.put(f"{key}2", tmp_path / "other", "audio/mp4", replace=False)
    assert await storage.recordings.read(f"{key}2", len(other)) == other
    assert await storage.recordings.size(f"{key}.incoming") is None


async def test_what_is_not_there_is_missing(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/one", SOUND, tmp_path)
    for none in (f"{storage.root}/a/other", f"{storage.root}/a", f"{key}/below"):
        assert await storage.recordings.size(none) is None
        with pytest.raises(RecordingMissing):
            await storage.recordings.read(none, 10)
        assert (await storage.http.get(await storage.recordings.signed_url(none))).status_code == 404


async def test_more_than_was_asked_for_is_not_read(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/one", SOUND, tmp_path)
    with pytest.raises(BadTranscript):
        await storage.recordings.read(key, len(SOUND) - 1)


@pytest.mark.parametrize("key", NASTY)
async def test_a_key_cannot_lead_elsewhere(key: str, storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    with pytest.raises(RecordingMissing):
        await storage.recordings.put(key, tmp_path / "keys.json", "audio/mp4")
    with pytest.raises(RecordingMissing):
        await storage.recordings.signed_url(key)
    with pytest.raises(RecordingMissing):
        await storage.recordings.upload_url(key)
    with pytest.raises(RecordingMissing):
        storage.recordings.public_url(key)
    assert await storage.recordings.size(key) is None
    with pytest.raises(RecordingMissing):
        await storage.recordings.read(key, 100)


async def test_deleting_below_one_lesson_takes_nothing_of_the_next(storage: Storage, tmp_path: Path) -> None:
    names = ("1/a", "1/clips/1.mp4", "1/clips/2.mp4", "1/clipsx", "10/a", "1.mp4")
    keys = {name: await storage.put(name, b"x", tmp_path) for name in names}

    async def left() -> list[str]:
        return [name for name, key in keys.items() if await storage.recordings.size(key) is not None]

    await storage.recordings.delete(f"{storage.root}/1/clips/")
    assert await left() == ["1/a", "1/clipsx", "10/a", "1.mp4"]
    await storage.recordings.delete(f"{storage.root}/1/clips/")
    await storage.recordings.delete(f"{storage.root}/1/clips")
    await storage.recordings.delete(f"{storage.root}/1")
    assert await left() == ["1/a", "1/clipsx", "10/a", "1.mp4"]
    await storage.recordings.delete(keys["1/clipsx"])
    assert await left() == ["1/a", "10/a", "1.mp4"]
    await storage.recordings.delete(f"{storage.root}/1/")
    assert await left() == ["10/a", "1.mp4"]


@pytest.mark.parametrize("prefix", ["", "/", "..", "../", "lessons/../", "lessons/", "lessons//", "/lessons/1/"])
async def test_what_is_deleted_has_an_owner(prefix: str, storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/one", SOUND, tmp_path)
    with pytest.raises(RecordingMissing):
        await storage.recordings.delete(prefix)
    assert await storage.recordings.size(key) == len(SOUND)


async def test_a_signed_link_reads_the_whole_or_a_range(storage: Storage, tmp_path: Path) -> None:
    url = await storage.recordings.signed_url(await storage.put("a/one.m4a", SOUND, tmp_path))
    whole = await storage.http.get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, SOUND, "audio/mp4")
    part = await storage.http.get(url, headers={"range": "bytes=1-6"})
    assert (part.status_code, part.content) == (206, SOUND[1:7])
    assert part.headers["content-range"] == f"bytes 1-6/{len(SOUND)}"


async def test_a_signed_link_is_good_for_one_method_and_one_object(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/one.m4a", SOUND, tmp_path)
    await storage.put("a/two.m4a", SOUND, tmp_path)
    url = await storage.recordings.signed_url(key)
    bare, _, signature = url.partition("?")
    refused = [
        await storage.http.get(bare),
        await storage.http.get(url.replace("one.m4a", "two.m4a")),
        await storage.http.get(f"{bare}?{signature[:-4]}0000"),
        await storage.http.put(url, content=b"x"),
        await storage.http.get(url.replace("/recordings/", "/marketing-clips/")),
    ]
    assert [one.status_code // 100 for one in refused] == [4] * 5
    assert await storage.recordings.read(key, len(SOUND)) == SOUND


async def test_an_upload_link_takes_an_object_by_put(storage: Storage) -> None:
    key = f"{storage.root}/a/upload"
    answer = await storage.http.put(await storage.recordings.upload_url(key), content=SOUND)
    assert answer.status_code in (200, 201)
    assert await storage.recordings.read(key, len(SOUND)) == SOUND


async def test_only_the_public_bucket_is_read_without_a_signature(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put("a/one.mp4", SOUND, tmp_path)
    await storage.clips.put(key, tmp_path / "source", "video/mp4")
    shown = await storage.http.get(storage.clips.public_url(key))
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, SOUND, "video/mp4")
    assert (await storage.http.get(storage.recordings.public_url(key))).status_code == 403
    assert (await storage.http.put(storage.clips.public_url(key), content=b"x")).status_code == 403
