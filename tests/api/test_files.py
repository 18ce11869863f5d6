"""Files of the local storage, over a real connection: by ranges, and no more than is asked for."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from api.services import Services
from providers.disk import DiskFileStore
from tests.api.conftest import served

KEY = "lessons/16fd2706-8baf-433b-82eb-8c7fada847da/one.mp4"
SOUND = os.urandom(300_000)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.fixture
async def store(services: Services) -> DiskFileStore:
    store = services["buckets"]["recordings"]
    await store.receive(KEY, pieces(SOUND))
    return store


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with served(services) as url, httpx2.AsyncClient(base_url=url) as client:
        yield client


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def test_a_file_is_read_whole_or_by_ranges(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    url = path_of(await store.signed_url(KEY))
    whole = await http.get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, SOUND, "video/mp4")
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, part in (
        ("bytes=0-0", SOUND[:1]),
        ("bytes=1000-199999", SOUND[1000:200_000]),
        ("bytes=299999-", SOUND[299_999:]),
        ("bytes=-10", SOUND[-10:]),
        ("bytes=5-9999999", SOUND[5:]),
    ):
        answer = await http.get(url, headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-length"] == str(len(part))
        assert answer.headers["content-range"].endswith(f"/{len(SOUND)}")


async def test_a_range_that_is_not_there_is_refused(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    url = path_of(await store.signed_url(KEY))
    answer = await http.get(url, headers={"range": "bytes=300000-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */300000")
    assert (answer.headers["content-type"], answer.json()["code"]) == ("application/problem+json", "no_such_range")
    answer = await http.get(url, headers={"range": "lines=1-"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_head_tells_size_and_etag_without_the_bytes(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    url = path_of(await store.signed_url(KEY))
    head, ranged = await http.head(url), await http.head(url, headers={"range": "bytes=0-9"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "300000")
    assert (ranged.status_code, ranged.content, ranged.headers["content-length"]) == (206, b"", "10")
    assert head.headers["etag"] == ranged.headers["etag"]


async def test_a_range_of_a_file_that_has_changed_is_sent_whole(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    url = path_of(await store.signed_url(KEY))
    tag = (await http.head(url)).headers["etag"]
    await store.receive(KEY, pieces(b"another one"))
    answer = await http.get(url, headers={"range": "bytes=0-3", "if-range": tag})
    assert (answer.status_code, answer.content) == (200, b"another one")


async def test_a_file_is_stored_by_put(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    url = path_of(await store.upload_url("imports/one"))
    answer = await http.put(url, content=pieces(SOUND, SOUND))
    assert answer.status_code == 201
    assert await store.read("imports/one", 2**20) == SOUND + SOUND


async def test_a_link_is_good_for_what_it_was_made_for_only(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    read, write = path_of(await store.signed_url(KEY)), path_of(await store.upload_url(KEY))
    other = read.replace("one.mp4", "two.mp4")
    refused = [
        await http.put(read, content=b"x"),
        await http.get(write),
        await http.get(other),
        await http.get(path_of(await store.signed_url(KEY, -1))),
        await http.put(path_of(await store.upload_url(KEY, -1)), content=b"x"),
        await http.get(f"/files/recordings/{KEY}"),
        await http.get(read.replace("signature=", "signature=0")),
        await http.get(read.replace("expires=", "expires=9")),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "bad_link")}
    assert await store.read(KEY, 2**20) == SOUND


async def test_what_is_not_there_is_told_as_such(http: httpx2.AsyncClient, store: DiskFileStore) -> None:
    missing = await http.get(path_of(await store.signed_url("lessons/none")))
    assert (missing.status_code, missing.json()["code"]) == (404, "recording_missing")
    assert (await http.get(f"/files/nowhere/{KEY}")).json()["code"] == "not_found"


@pytest.mark.parametrize("key", ["../keys.json", "..%2fkeys.json", "%2e%2e/keys.json", ".incoming/x", "a%00b"])
async def test_a_public_key_cannot_lead_elsewhere(key: str, services: Services, store: DiskFileStore) -> None:
    (store.home / "keys.json").write_text("{}")
    async with served(services) as url:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /files/marketing-clips/{key} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 404")


async def test_a_public_bucket_is_read_without_a_signature_but_not_written(
    http: httpx2.AsyncClient, services: Services, store: DiskFileStore
) -> None:
    await services["buckets"]["marketing-clips"].receive("one.mp4", pieces(b"a clip"))
    assert (await http.get("/files/marketing-clips/one.mp4")).content == b"a clip"
    assert (await http.put("/files/marketing-clips/one.mp4", content=b"x")).status_code == 403


async def test_a_file_cannot_act_as_a_page(http: httpx2.AsyncClient, services: Services) -> None:
    await services["buckets"]["marketing-clips"].receive("one.html", pieces(b"<script>alert(1)</script>"))
    answer = await http.get("/files/marketing-clips/one.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_an_upload_that_breaks_off_leaves_nothing(services: Services, store: DiskFileStore) -> None:
    async with served(services) as url:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        target = path_of(await store.upload_url("imports/half"))
        _, writer = await asyncio.open_connection(host, port)
        writer.write(f"PUT {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n".encode() + b"x" * 500)
        await writer.drain()
        writer.transport.abort()
    assert await store.size("imports/half") is None
    assert list((store.folder / ".incoming").iterdir()) == []


async def test_little_is_read_ahead_for_a_client_that_leaves(services: Services, store: DiskFileStore) -> None:
    await store.receive("big.mp4", pieces(*[bytes(2**20)] * 64))
    async with served(services) as url:
        before = read_so_far()
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        target = path_of(await store.signed_url("big.mp4"))
        writer.write(f"GET {target} HTTP/1.1\r\nhost: x\r\nrange: bytes=0-\r\n\r\n".encode())
        await reader.readexactly(2**18)
        writer.transport.abort()
    assert read_so_far() - before < 2**25


def read_so_far() -> int:
    """The bytes that this process has read from files."""
    return int(Path("/proc/self/io").read_text().split()[1])


async def test_more_than_a_file_may_have_is_refused_before_it_comes(services: Services, store: DiskFileStore) -> None:
    async with served(services) as url:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        target = path_of(await store.upload_url("imports/huge"))
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"PUT {target} HTTP/1.1\r\nhost: x\r\ncontent-length: {store.largest + 1}\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        writer.close()
