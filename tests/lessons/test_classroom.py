from datetime import UTC, datetime, timedelta

import pytest

from lessons.classroom import Appointment, Closed, Hours, token_lasts, why_closed

BEGINS = datetime(2026, 11, 23, 10, tzinfo=UTC)
USUAL = Hours()


def an_hour(status: str = "confirmed", is_studio: bool = True, minutes: int = 60) -> Appointment:
    return Appointment(BEGINS, BEGINS + timedelta(minutes=minutes), status, is_studio)


@pytest.mark.parametrize(
    ("minutes", "closed"),
    [
        (-15 - 1 / 60, Closed.TOO_EARLY),
        (-15, None),
        (0, None),
        (119, None),
        (120, Closed.TOO_LATE),
        (10_000, Closed.TOO_LATE),
    ],
)
def test_a_classroom_is_open_from_a_quarter_before_until_an_hour_after(minutes: float, closed: Closed | None) -> None:
    assert why_closed(an_hour(), BEGINS + timedelta(minutes=minutes), USUAL) is closed


def test_the_hours_can_be_set() -> None:
    hours = Hours(timedelta(0), timedelta(minutes=5))
    assert why_closed(an_hour(), BEGINS - timedelta(seconds=1), hours) is Closed.TOO_EARLY
    assert why_closed(an_hour(), BEGINS + timedelta(minutes=65), hours) is Closed.TOO_LATE
    assert hours.of(an_hour()) == (BEGINS, BEGINS + timedelta(minutes=65))


@pytest.mark.parametrize("status", ["cancelled", "cancelled_by_student"])
def test_a_cancelled_lesson_is_told_as_such_whatever_else_is_wrong(status: str) -> None:
    assert why_closed(an_hour(status, is_studio=False), BEGINS + timedelta(days=9), USUAL) is Closed.CANCELLED


@pytest.mark.parametrize("status", ["", "pending", "confirmed", "completed"])
def test_every_other_lesson_is_held(status: str) -> None:
    assert why_closed(an_hour(status), BEGINS, USUAL) is None


def test_without_studio_no_classroom_opens() -> None:
    assert why_closed(an_hour(is_studio=False), BEGINS, USUAL) is Closed.NOT_STUDIO


@pytest.mark.parametrize(
    ("lesson", "at", "minutes"),
    [
        (60, -15, 90),
        (60, 0, 90),
        (60, 100, 20),
        (1, 0, 31),
        (600, 0, 360),
        (60, 120, 0),
        (60, 500, 0),
    ],
)
def test_a_token_lasts_the_lesson_and_half_an_hour_but_no_longer_than_the_classroom(
    lesson: int, at: int, minutes: int
) -> None:
    now = BEGINS + timedelta(minutes=at)
    assert token_lasts(an_hour(minutes=lesson), now, USUAL) == timedelta(minutes=minutes)


def test_a_token_for_a_lesson_of_no_length_lasts_half_an_hour() -> None:
    assert token_lasts(an_hour(minutes=0), BEGINS, USUAL) == timedelta(minutes=30)
