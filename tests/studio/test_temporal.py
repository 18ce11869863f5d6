"""A Temporal cluster behind mutual TLS, as `studio doctor` looks at it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from studio.checking import parts
from studio.checking.finding import State
from studio.settings import Settings
from tests.vendors.certificates import Certificate, certificate_in

Whole = Callable[..., Settings]


@asynccontextmanager
async def behind_tls(server: Certificate, client: Certificate, plain: str) -> AsyncIterator[str]:
    """The address of what passes on to a plain server whoever shows the client's certificate."""
    context = server.server
    context.set_alpn_protocols(["h2"])
    context.load_verify_locations(client.file)
    context.verify_mode = ssl.CERT_REQUIRED
    host, _, port = plain.rpartition(":")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context) as listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


async def test_a_healthy_cluster_behind_mutual_tls_is_fine(
    whole: Whole, temporal_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = certificate_in(tmp_path), certificate_in(tmp_path, "client")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.file))
    async with behind_tls(server, client, temporal_server) as address:
        shown = {"address": address, "tls_cert": client.file, "tls_key": client.key}
        found, _ = await parts.temporal(whole(temporal=shown))
        [stranger] = await parts.temporal(whole(temporal={"address": address}))
    assert (found.state, stranger.state) == (State.FINE, State.WRONG)


@pytest.mark.parametrize("named", [("tls_cert", "tls_key"), ("tls_cert",), ("tls_key",)])
async def test_a_certificate_that_cannot_be_shown_is_told_with_its_settings(
    whole: Whole, temporal_server: str, named: tuple[str, ...]
) -> None:
    missing = dict.fromkeys(named, Path("/nowhere/a.pem"))
    [found] = await parts.temporal(whole(temporal={"address": temporal_server} | missing))
    assert (found.state, "STUDIO_TEMPORAL__TLS_CERT" in found.fix) == (State.WRONG, True)
