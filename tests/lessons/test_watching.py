"""When a classroom is recorded, and when its lesson is over."""

from datetime import UTC, datetime, timedelta

from lessons.messages import OPEN_AFTER, Session
from lessons.watching import LONGEST, REJOIN, Look, Next, Watch

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
    seen = watch()
    seen.decide(at(-50, BOTH))
    assert seen.decide(Look(ENDS + LONGEST, BOTH, True)) is Next.RECORD
    assert seen.decide(Look(ENDS + LONGEST + MOMENT, BOTH, True)) is Next.OVER
