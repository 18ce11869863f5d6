"""What every stand-in for a vendor needs: a thread to serve from, and calm when whoever asked is gone."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Calm(BaseHTTPRequestHandler):
    """Says nothing on stderr, and takes a connection that broke as one that ended."""

    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve from a thread until the block is left; whoever still waits then is for the caller to release."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def has_hung_up(connection: socket.socket) -> bool:
    """Whether whoever asked is not there any more to hear the answer."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
