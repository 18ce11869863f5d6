"""A file behind a signed URL, read by HTTP ranges (RFC 9110, section 14)."""

import re
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import SEEK_CUR, SEEK_END, SEEK_SET
from typing import TypeVar
from urllib.parse import urlsplit

from lessons.errors import StorageUnavailable

T = TypeVar("T")
TRIES = 3
TIMEOUT = 30.0
NEAR = 1 << 17
FIRST = 1 << 19


class RemoteFile:
    """What libav needs of a file: `read`, `seek`, `tell`; and its `size`.

    A request asks for all that follows (but the first, since an index may lie at the end), or for `stretch` bytes:
    less is wasted by a reader who jumps. A broken connection is taken up where it broke. Raises StorageUnavailable.
    """

    def __init__(self, url: str, stretch: int | None = None) -> None:
        where = urlsplit(url)
        kinds: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}
        if where.scheme not in kinds:
            raise StorageUnavailable("its address is not http")
        self.connection = kinds[where.scheme](where.netloc, timeout=TIMEOUT)
        self.target = f"{where.path}?{where.query}"
        self.stretch = stretch
        self.position = self.arrives = self.ends = self.size = 0
        self.response: HTTPResponse | None = None
        self.persist(self.request)

    def close(self) -> None:
        self.connection.close()

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self.position = offset + {SEEK_SET: 0, SEEK_CUR: self.position, SEEK_END: self.size}[whence]
        return self.position

    def read(self, most: int) -> bytes:
        """The next bytes, at least one before the end of the file."""
        return self.persist(lambda: self.receive(most)) if self.position < self.size else b""

    def receive(self, most: int) -> bytes:
        if not self.arrives <= self.position <= min(self.arrives + NEAR, self.ends - 1):
            self.request()
        while self.arrives < self.position:
            self.take(self.position - self.arrives)
        data = self.take(most)
        self.position += len(data)
        return data

    def take(self, most: int) -> bytes:
        data = self.response.read(min(most, self.ends - self.arrives)) if self.response else b""
        if not data:
            raise ConnectionError
        self.arrives += len(data)
        return data

    def request(self) -> None:
        """Ask for what begins at our position."""
        if self.arrives < self.ends:
            self.connection.close()
        most = self.stretch or (0 if self.size else FIRST)
        last = self.position + most - 1 if most else ""
        self.connection.request("GET", self.target, headers={"Range": f"bytes={self.position}-{last}"})
        self.response = self.connection.getresponse()
        self.arrives, self.ends, self.size = self.span_of(self.response)

    def span_of(self, response: HTTPResponse) -> tuple[int, int, int]:
        """First byte, end and whole size of what comes; a server may send the whole file instead of a part."""
        part = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", response.headers.get("Content-Range", ""))
        if response.status == 206 and part and part[1] == str(self.position):
            return int(part[1]), int(part[2]) + 1, int(part[3])
        if response.status == 200 and self.position == 0 and response.length is not None:
            return 0, response.length, response.length
        if response.status == 416:
            return 0, 0, 0
        self.connection.close()
        raise StorageUnavailable(f"it answers {response.status}")

    def persist(self, step: Callable[[], T]) -> T:
        """Take a step, again after a broken connection."""
        for tries_left in reversed(range(TRIES)):
            try:
                return step()
            except (OSError, HTTPException) as error:
                self.connection.close()
                self.arrives = self.ends = 0
                if not tries_left:
                    raise StorageUnavailable(type(error).__name__) from None
        raise StorageUnavailable
