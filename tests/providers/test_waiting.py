"""How long a server asks to be left alone, in each of the ways that RFC 9110 knows."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from providers.waiting import LONGEST_WAIT, retry_after

NOON = "Fri, 02 Oct 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("1e9", LONGEST_WAIT),
        ("Fri, 02 Oct 2026 12:00:30 GMT", 30.0),
        ("Friday, 02-Oct-26 12:00:30 GMT", 30.0),
        ("Fri Oct  2 12:00:30 2026", 30.0),
        ("Fri, 02 Oct 2026 14:00:30 +0200", 30.0),
        ("Fri, 02 Oct 2027 12:00:00 GMT", LONGEST_WAIT),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks_by_seconds_or_by_its_own_clock(asked: str, seconds: float) -> None:
    assert retry_after({"retry-after": asked, "date": NOON}) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "0",
        "-3",
        "nan",
        "inf",
        "soon",
        NOON,
        "Fri, 02 Oct 2020 12:00:00 GMT",
        "Fri, 99 Oct 2026 12:00:00 GMT",
        f"Fri, 02 Oct {'9' * 30}",
    ],
)
def test_whatever_asks_for_no_time_is_none(asked: str) -> None:
    assert retry_after({"retry-after": asked, "date": NOON}) is None
    assert retry_after({}) is None


@pytest.mark.parametrize("date", ["", "no date"])
def test_without_the_servers_clock_it_is_ours(date: str) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    after = retry_after({"retry-after": later, "date": date})
    assert after is not None
    assert timedelta(minutes=5) < after <= timedelta(minutes=10)
