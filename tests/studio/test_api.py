"""The API's own socket."""

import socket
from contextlib import suppress

from studio.commands.api import listening


def test_little_of_a_file_is_read_ahead_of_whoever_reads_it_by_ranges() -> None:
    ahead = 0
    with listening("127.0.0.1", 0) as entrance, socket.create_connection(entrance.getsockname()):
        answering, _ = entrance.accept()
        with answering, suppress(BlockingIOError):
            answering.setblocking(False)
            while ahead < 2**24:
                ahead += answering.send(bytes(2**16))
    assert ahead < 2**20
