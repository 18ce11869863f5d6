"""A way to a server that stands in front of it: what is sent may become something else on it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Change = Callable[[bytes], bytes]


@asynccontextmanager
async def in_front_of(address: str, change: Change = bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address at which a server is reached; `change` is done to what is sent to it, piece by piece."""
    host, _, port = address.rpartition(":")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        ways = pump(reader, inner_writer, change), pump(inner_reader, writer, bytes)
        await asyncio.gather(*ways, return_exceptions=True)

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=tls) as listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Change) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(change(piece))
            await writer.drain()
    finally:
        writer.close()
