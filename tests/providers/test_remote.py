"""A file in storage, read by ranges."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from io import SEEK_END
from pathlib import Path

import pytest

from lessons.errors import StorageUnavailable
from providers.remote import RemoteFile
from tests.providers.counting import CountingStorage

CONTENT = bytes(range(256)) * 4096
LENGTH = len(CONTENT)


Read = Callable[..., RemoteFile]


@pytest.fixture
def url(recordings: Path, storage: CountingStorage) -> str:
    (recordings / "bytes").write_bytes(CONTENT)
    return storage.url("bytes")


@pytest.fixture
def remote(url: str) -> Iterator[Read]:
    with ExitStack() as files:
        yield lambda stretch=None: files.enter_context(closing(RemoteFile(url, stretch)))


def rest_of(file: RemoteFile) -> bytes:
    return b"".join(iter(lambda: file.read(50_000), b""))


@pytest.mark.parametrize("stretch", [None, 99_999, LENGTH, 2 * LENGTH])
def test_a_file_is_read_whole_in_stretches_of_any_length(remote: Read, stretch: int | None) -> None:
    file = remote(stretch)
    assert file.size == LENGTH
    assert rest_of(file) == CONTENT
    assert file.tell() == LENGTH


def test_reading_goes_on_wherever_it_is_sent(remote: Read) -> None:
    file = remote(1 << 16)
    for place in (500_000, 3, 40_000, LENGTH - 10, 0):
        assert file.seek(place) == place
        assert file.read(10) == CONTENT[place : place + 10]
    assert file.seek(-3, SEEK_END) == LENGTH - 3
    assert rest_of(file) == CONTENT[-3:]


def test_a_jump_wastes_no_more_than_a_stretch(remote: Read, storage: CountingStorage) -> None:
    file = remote(1 << 16)
    file.seek(900_000)
    file.read(100)
    assert storage.sent <= 2 * (1 << 16)


def test_a_broken_connection_is_taken_up_where_it_broke(remote: Read, storage: CountingStorage) -> None:
    storage.breaks, storage.breaks_after = 5, 100_000
    assert rest_of(remote()) == CONTENT


def test_a_connection_that_always_breaks_at_once_is_given_up(remote: Read, storage: CountingStorage) -> None:
    file = remote(1000)
    storage.breaks, storage.breaks_after = 100, 0
    with pytest.raises(StorageUnavailable):
        rest_of(file)


@pytest.mark.parametrize("status", [302, 403, 404, 500, 503])
def test_a_url_that_is_gone_means_that_the_storage_does_not_answer(
    url: str, storage: CountingStorage, status: int
) -> None:
    storage.status = status
    with pytest.raises(StorageUnavailable, match=str(status)) as caught:
        RemoteFile(url)
    assert "planted-secret" not in repr(caught.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "file:///etc/passwd", "/etc/passwd", ""])
def test_only_what_answers_http_is_read(address: str) -> None:
    with pytest.raises(StorageUnavailable):
        RemoteFile(address)


def test_an_empty_file_has_no_bytes(recordings: Path, storage: CountingStorage) -> None:
    (recordings / "empty").touch()
    with closing(RemoteFile(storage.url("empty"))) as file:
        assert (file.size, file.read(10)) == (0, b"")
