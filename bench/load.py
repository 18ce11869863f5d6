"""Posts signed webhooks over kept-alive connections, in a process of its own so that it is not what is measured.

`python -m bench.load PORT SECRET ROUNDS COUNT` signs all rounds, says so, and then posts one round per line of
stdin; it answers with how many answers of each status there were.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import cast

import uvloop

from bench.webhooks import PATH, egress_ended, token

AT_ONCE = 64


class Caller(asyncio.Protocol):
    """One HTTP/1.1 connection that posts until there is nothing left; an answer has no body, or is the last."""

    def __init__(self, requests: Iterator[bytes], statuses: Counter[str]) -> None:
        self.requests = requests
        self.statuses = statuses
        self.heard = b""
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.post()

    def post(self) -> None:
        if request := next(self.requests, b""):
            self.transport.write(request)
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if b"\r\n\r\n" in self.heard:
            status, self.heard = self.heard[9:12].decode(), b""
            self.statuses[status] += 1
            self.post() if status == "200" else self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.over.set_result(None)


async def post_all(port: int, batch: list[bytes]) -> Counter[str]:
    requests, statuses = iter(batch), Counter[str]()
    loop = asyncio.get_running_loop()
    calling = (loop.create_connection(lambda: Caller(requests, statuses), "127.0.0.1", port) for _ in range(AT_ONCE))
    await asyncio.gather(*(caller.over for _, caller in await asyncio.gather(*calling)))
    return statuses


def request_for(number: int, secret: str) -> bytes:
    body = egress_ended(number)
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: studio\r\ncontent-type: application/webhook+json\r\n"
        f"authorization: {token(body, secret)}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    port, secret, rounds, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    batches = [[request_for(one * count + at, secret) for at in range(count)] for one in range(rounds)]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print("ready", flush=True)
        for batch, _ in zip(batches, sys.stdin, strict=False):
            print(json.dumps(runner.run(post_all(port, batch))), flush=True)


if __name__ == "__main__":
    main()
