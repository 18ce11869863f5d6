"""What can be the name of a host, or a URL."""

import pytest

from providers.hosts import is_host, is_url


@pytest.mark.parametrize(
    "name",
    ["mail", "smtp.resend.com", "smtp.resend.com.", "ma_il-1", "a" * 63, "127.0.0.1", "::1", "xn--exmple-cua.com"],
)
def test_names_and_addresses_of_hosts_are_taken(name: str) -> None:
    assert is_host(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "smtp..resend.com",
        ".com",
        "a" * 64,
        "a." * 127,
        "a b",
        "a\x00b",
        "a\n",
        "http://mail",
        "mail:25",
        "[::1]",
        "fe80::1%eth0",
        "256.1.1.1",
        "1.2.3",
        "exämple.com",
        "%41",
    ],
)
def test_what_no_resolver_takes_is_no_host(name: str) -> None:
    assert not is_host(name)


@pytest.mark.parametrize(
    "url",
    [
        "http://storage:8333",
        "https://api.openai.com/v1",
        "http://[::1]:80/a%20b",
        "ws://10.0.0.1",
        "http://a:65535/?b=c",
    ],
)
def test_urls_with_a_host_and_a_port_that_there_is_are_taken(url: str) -> None:
    assert is_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3.example",
        "http://",
        "http:///v1",
        "http://:80",
        "http://[bad",
        "http://a..b",
        "http://a b",
        "http://a/b c",
        "http://a:0",
        "http://a:99999",
        "http://a:-1",
        "http://a:b",
        "http://exämple",
        "http://a/ä",
        "http://a\n/b",
    ],
)
def test_what_no_client_takes_is_no_url(url: str) -> None:
    assert not is_url(url)
