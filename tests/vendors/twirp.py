"""Something at a LiveKit server's address: it answers whatever it is told to, by whatever clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Pretending:
    """`status` and `body` of every answer to a question (Twirp), and by how many seconds its clock is ahead."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    ahead: float = 0.0
    asked: list[str] = field(default_factory=list)


@contextmanager
def pretended() -> Iterator[Pretending]:
    """A server until the block is left."""
    told = Pretending()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send(200, b"OK")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            told.asked.append(self.path)
            self.send(told.status, told.body)

        def send(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("date", formatdate(time.time() + told.ahead, usegmt=True))
            self.send_header("content-type", "text/html" if body.startswith(b"<") else "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        told.url = f"ws://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield told
        server.shutdown()
        thread.join()
