"""How long a provider asks to be left alone."""

from collections.abc import Mapping
from datetime import timedelta
from math import isfinite

LONGEST_WAIT = 3600.0


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The seconds of Retry-After (RFC 9110, 10.2.3), an hour at most; None where it asks for no time."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT)) if isfinite(seconds) and seconds > 0 else None
