"""How long a provider asks to be left alone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite

LONGEST_WAIT = 3600.0


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The time of Retry-After (RFC 9110, 10.2.3), an hour at most; None where it asks for no time."""
    asked = headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        seconds = seconds_until(asked, headers.get("date", ""))
    return timedelta(seconds=min(seconds, LONGEST_WAIT)) if isfinite(seconds) and seconds > 0 else None


def seconds_until(date: str, now: str) -> float:
    """From now by the server's own clock, which it tells in Date, else by ours; 0 where a date is none."""
    then = moment(date)
    return (then - (moment(now) or datetime.now(UTC))).total_seconds() if then else 0.0


def moment(date: str) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7); where it names no zone, it is in UTC."""
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
