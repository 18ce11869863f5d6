"""A Temporal cluster behind mutual TLS, as `studio doctor` looks at it."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.checking import parts
from studio.checking.finding import State
from studio.settings import Settings
from tests.vendors.certificates import Certificate, certificate_in
from tests.vendors.passing import in_front_of

Whole = Callable[..., Settings]


def asking_for(client: Certificate, server: Certificate) -> ssl.SSLContext:
    """A server that speaks HTTP/2 to whoever shows the client's certificate."""
    context = server.server
    context.set_alpn_protocols(["h2"])
    context.load_verify_locations(client.file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_a_healthy_cluster_behind_mutual_tls_is_fine(
    whole: Whole, temporal_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = certificate_in(tmp_path), certificate_in(tmp_path, "client")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.file))
    async with in_front_of(temporal_server, tls=asking_for(client, server)) as address:
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
