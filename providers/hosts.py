"""Whether what is set as an address can be one; clients fail in ways of their own where it cannot."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST = 253
LABEL = re.compile(r"[\w-]{1,63}", re.ASCII)
IN_URLS = re.compile(r"[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)
"""The signs that a URL is written with (RFC 3986, 2)."""


def is_host(name: str) -> bool:
    """Whether a host can have this name, as it is written in ASCII, or this IP address."""
    labels = name.removesuffix(".").split(".")
    if ":" in name or labels[-1].isdecimal():
        return is_ip_address(name)
    return len(name) <= LONGEST and all(LABEL.fullmatch(one) for one in labels)


def is_ip_address(given: str) -> bool:
    """The same of an IP address, which here has no zone."""
    try:
        return bool(ip_address(given)) and "%" not in given
    except ValueError:
        return False


def is_url(given: str) -> bool:
    """Whether this can be a URL: of the signs that URLs have, with a host, and with a port that there is, if any."""
    try:
        parts = urlsplit(given)
        return bool(IN_URLS.fullmatch(given)) and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
