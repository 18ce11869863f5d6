"""A storage for the tests: serves a folder by ranges as S3 does, counts what it sends, and can fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.vendors.serving import Calm, serving


class CountingStorage(ThreadingHTTPServer):
    """`breaks_after` bytes of an answer the connection breaks, so many `breaks` times; `status` answers for all."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.folder = folder
        self.sent = self.breaks = self.breaks_after = 0
        self.status: int | None = None

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}?signature=planted-secret"


class Answer(Calm):
    server: CountingStorage

    def do_GET(self) -> None:
        path = self.server.folder / self.path.partition("?")[0].lstrip("/")
        if self.server.status or not path.is_file():
            self.answer(self.server.status or 404, b"")
            return
        size = path.stat().st_size
        if "Range" not in self.headers:
            self.answer(200, path.read_bytes())
            return
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or size) + 1, size)
        if start >= size:
            self.answer(416, b"", f"bytes */{size}")
            return
        with path.open("rb") as file:
            file.seek(start)
            self.answer(206, file.read(end - start), f"bytes {start}-{end - 1}/{size}")

    def answer(self, status: int, body: bytes, span: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        if self.server.breaks and len(body) > self.server.breaks_after:
            self.server.breaks -= 1
            body, self.close_connection = body[: self.server.breaks_after], True
        self.send(memoryview(body))

    def send(self, body: memoryview) -> None:
        """Count what the reader takes; it may hang up in the middle."""
        try:
            for at in range(0, len(body), 1 << 16):
                self.wfile.write(body[at : at + (1 << 16)])
                self.server.sent += len(body[at : at + (1 << 16)])
        except ConnectionError:
            self.close_connection = True


@contextmanager
def counting_storage(folder: Path) -> Iterator[CountingStorage]:
    server = CountingStorage(folder)
    with serving(server):
        yield server
