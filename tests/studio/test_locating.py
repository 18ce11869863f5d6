"""Where an embedded studio is found."""

import pytest

from studio.locating import address, port_of


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("studio.example", "http://studio.example:8000"),
    ],
)
def test_an_api_is_found_by_a_url_that_every_client_reads(host: str, found: str) -> None:
    assert address(host, 8000) == found
    assert port_of(found) == 8000
