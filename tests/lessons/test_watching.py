"""When a classroom is recorded, and when its lesson is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lessons.messages import OPEN_AFTER, Session
from lessons.watching import GONE, LONGEST, LONGEST_FILE, REJOIN, Look, Next, Watch

ENDS = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOTH, TUTOR, NOBODY = frozenset({"tutor-1", "student-1"}), frozenset({"tutor-1"}), frozenset[str]()
MOMENT = timedelta(seconds=1)


def watch() -> Watch:
    return Watch(Session("b", "t", "s", "tutor-1", "student-1", ENDS))


def at(minutes: float, people: frozenset[str] | None, agreed: bool = True, ended: bool = False) -> Look:
    """A look so many minutes before the booking's end, or after it."""
    return Look(ENDS + timedelta(minutes=minutes), people, agreed, ended)


def test_who_waits_alone_is_not_recorded() -> None:
    assert watch().decide(at(-50, TUTOR)) is Next.WAIT


def test_both_who_have_agreed_are_recorded() -> None:
    assert watch().decide(at(-50, BOTH)) is Next.RECORD


def test_a_stranger_in_the_students_place_makes_no_pair() -> None:
    assert watch().decide(at(-50, TUTOR | {"student-2"})) is Next.WAIT


def test_without_both_consents_nobody_is_recorded_and_the_lesson_goes_on() -> None:
    seen = watch()
    assert [seen.decide(at(minutes, BOTH, agreed=False)) for minutes in (-50, -30, 5)] == [Next.WAIT] * 3


def test_a_withdrawal_stops_what_is_recorded_and_a_new_consent_begins_another_part() -> None:
    seen = watch()
    decided = [seen.decide(at(-50, BOTH, agreed)) for agreed in (True, False, True)]
    assert decided == [Next.RECORD, Next.WAIT, Next.RECORD]


def test_one_who_drops_out_does_not_cut_the_recording() -> None:
    seen = watch()
    assert [seen.decide(at(-50, people)) for people in (BOTH, TUTOR, NOBODY, BOTH)] == [Next.RECORD] * 4


def test_after_a_room_has_closed_both_have_to_come_again() -> None:
    seen = watch()
    decided = [seen.decide(at(-50, people)) for people in (BOTH, None, TUTOR, BOTH)]
    assert decided == [Next.RECORD, Next.WAIT, Next.WAIT, Next.RECORD]


def test_a_room_that_closed_before_the_end_may_be_opened_anew_for_some_minutes() -> None:
    seen, minutes = watch(), REJOIN / timedelta(minutes=1)
    seen.decide(at(-50, BOTH))
    assert seen.decide(at(-40, None)) is Next.WAIT
    assert seen.decide(at(-40 + minutes - 0.1, None)) is Next.WAIT
    assert seen.decide(at(-40 + minutes, None)) is Next.OVER


def test_who_comes_back_in_time_has_all_the_time_again() -> None:
    seen = watch()
    decided = [
        seen.decide(look)
        for look in (at(-50, BOTH), at(-40, None), at(-38, BOTH), at(-30, None), at(-28, None), at(-27, None))
    ]
    assert decided == [Next.RECORD, Next.WAIT, Next.RECORD, Next.WAIT, Next.WAIT, Next.OVER]


def test_a_room_that_closes_after_the_end_is_over_at_once() -> None:
    seen = watch()
    seen.decide(at(-5, BOTH))
    assert seen.decide(at(10, BOTH)) is Next.RECORD
    assert seen.decide(at(11, None)) is Next.OVER


def test_the_tutors_end_is_the_end_whoever_is_still_there() -> None:
    seen = watch()
    seen.decide(at(-50, BOTH))
    assert seen.decide(at(-49, BOTH, ended=True)) is Next.OVER


def test_people_who_have_not_met_are_waited_for_as_long_as_they_may_enter() -> None:
    for people in (None, NOBODY, TUTOR):
        seen = watch()
        assert seen.decide(Look(ENDS + OPEN_AFTER, people, True)) is Next.WAIT
        assert seen.decide(Look(ENDS + OPEN_AFTER + MOMENT, people, True)) is Next.OVER


def test_a_classroom_that_stays_open_longer_is_waited_for_longer() -> None:
    late = ENDS + timedelta(hours=3)
    seen = Watch(Session("b", "t", "s", "tutor-1", "student-1", ENDS, late))
    assert seen.decide(Look(late, None, True)) is Next.WAIT
    assert seen.decide(Look(late + MOMENT, None, True)) is Next.OVER


def test_people_who_never_leave_are_left_at_last() -> None:
    seen, began = watch(), at(-50, BOTH)
    seen.decide(began)
    assert seen.decide(Look(began.at + LONGEST - MOMENT, BOTH, True)) is Next.RECORD
    assert seen.decide(Look(began.at + LONGEST, BOTH, True)) is Next.OVER


def test_what_is_recorded_is_never_too_long_to_be_taken() -> None:
    assert LONGEST + timedelta(minutes=10) < LONGEST_FILE


@pytest.mark.parametrize("forgotten", [TUTOR, NOBODY])
def test_who_forgets_to_leave_is_not_recorded_for_long(forgotten: frozenset[str]) -> None:
    seen = watch()
    seen.decide(at(-50, BOTH))
    assert seen.decide(at(2, forgotten)) is Next.RECORD
    assert seen.decide(Look(ENDS + timedelta(minutes=2) + GONE - MOMENT, forgotten, True)) is Next.RECORD
    assert seen.decide(Look(ENDS + timedelta(minutes=2) + GONE, forgotten, True)) is Next.OVER


def test_who_left_before_the_end_is_waited_for_until_a_little_after_it() -> None:
    seen = watch()
    seen.decide(at(-50, BOTH))
    assert seen.decide(at(-30, TUTOR)) is Next.RECORD
    assert seen.decide(Look(ENDS + GONE - MOMENT, TUTOR, True)) is Next.RECORD
    assert seen.decide(Look(ENDS + GONE, TUTOR, True)) is Next.OVER


def test_who_comes_back_after_the_end_goes_on() -> None:
    seen = watch()
    decided = [seen.decide(look) for look in (at(-50, BOTH), at(2, TUTOR), at(6, BOTH), at(8, TUTOR), at(12, BOTH))]
    assert decided == [Next.RECORD] * 5


def test_one_alone_is_recorded_until_nobody_may_enter_at_the_latest() -> None:
    closes = ENDS + OPEN_AFTER
    seen = watch()
    seen.decide(at(-50, BOTH))
    seen.decide(Look(closes - GONE / 2, TUTOR, True))
    assert seen.decide(Look(closes - MOMENT, TUTOR, True)) is Next.RECORD
    assert seen.decide(Look(closes, TUTOR, True)) is Next.OVER


def test_two_who_talk_on_when_nobody_may_enter_are_recorded_though_one_drops_out() -> None:
    late = OPEN_AFTER / timedelta(minutes=1) + 10
    seen = watch()
    decided = [seen.decide(at(late + more, people)) for more, people in ((0, BOTH), (1, TUTOR), (2, BOTH), (3, TUTOR))]
    assert decided == [Next.RECORD] * 4
    assert seen.decide(Look(at(late + 3, None).at + GONE, TUTOR, True)) is Next.OVER


def test_while_nobody_can_tell_who_is_there_all_goes_on_until_nobody_may_enter() -> None:
    closes = ENDS + OPEN_AFTER
    seen = watch()
    seen.decide(at(-50, BOTH))
    assert seen.miss(closes + MOMENT, ended=False) is Next.WAIT
    assert seen.miss(closes + MOMENT + GONE, ended=False) is Next.OVER


def test_the_tutors_end_is_the_end_also_where_nobody_can_tell_who_is_there() -> None:
    seen = watch()
    seen.decide(at(-50, BOTH))
    assert seen.miss(at(-49, None).at, ended=False) is Next.WAIT
    assert seen.miss(at(-48, None).at, ended=True) is Next.OVER


def test_what_an_earlier_watch_has_recorded_goes_on_though_one_is_out() -> None:
    seen = replace(watch(), met=True, found_since=at(-50, None).at)
    assert [seen.decide(at(-40, people)) for people in (TUTOR, None, TUTOR)] == [Next.RECORD, Next.WAIT, Next.WAIT]


@pytest.mark.parametrize("left", [NOBODY, None])
def test_a_room_that_all_have_left_between_two_watches_is_not_recorded(left: frozenset[str] | None) -> None:
    seen = replace(watch(), met=True, found_since=at(-50, None).at)
    assert [seen.decide(at(-40, people)) for people in (left, TUTOR)] == [Next.WAIT, Next.WAIT]


def test_how_long_is_recorded_counts_from_where_an_earlier_watch_began() -> None:
    seen = replace(watch(), met=True, found_since=at(-50, None).at)
    seen.decide(at(-40, BOTH))
    assert seen.decide(Look(at(-50, None).at + LONGEST, BOTH, True)) is Next.OVER
