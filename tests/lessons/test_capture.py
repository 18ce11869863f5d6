"""When a recording is settled, and of which parts it consists."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.capture import (
    CLOSING,
    STUCK,
    STUDENT_ALONE,
    TUTOR_ALONE,
    UPLOADING,
    Arrival,
    Egress,
    EgressStatus,
    EventKind,
    Outcome,
    Part,
    RecordedFile,
    RoomEvent,
    as_found,
    audible,
    doubtful,
    lesson_id_of,
    lesson_is_late,
    newest,
    outcome_of,
    part_at,
    parts_of,
    settles_at,
    status_of,
    visible,
    why_nothing,
)
from lessons.messages import Nothing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOSED, ENDED = EventKind.ROOM_FINISHED, EventKind.EGRESS_ENDED


def event(kind: EventKind) -> RoomEvent:
    return RoomEvent(f"EV_{kind}", kind, "room")


def recorded(name: str, started_at: float = 0.0, seconds: float = 60.0) -> Arrival:
    file = RecordedFile(f"{name}.mp4", 1000, seconds, started_at)
    return Arrival(RoomEvent(f"EV_{name}", ENDED, "room", f"EG_{name}"), (file,))


@pytest.mark.parametrize("kinds", [*permutations((CLOSED, ENDED))])
def test_a_closed_room_and_an_ended_recording_settle_in_either_order(kinds: tuple[EventKind, ...]) -> None:
    arrived = {event(kind): NOW + timedelta(seconds=n) for n, kind in enumerate(kinds)}
    assert settles_at(arrived, NOW + timedelta(hours=9)) < NOW


@pytest.mark.parametrize("kind", [EventKind.IMPORT, EventKind.RECORDING_READY])
def test_an_import_and_the_recorders_own_word_settle_at_once(kind: EventKind) -> None:
    assert settles_at({event(kind): NOW}, NOW + timedelta(hours=9)) < NOW


def test_an_ended_recording_waits_a_moment_for_the_room_to_close() -> None:
    assert settles_at({event(ENDED): NOW}, NOW) == NOW + CLOSING


def test_a_closed_room_waits_for_the_upload_and_for_those_who_may_still_enter() -> None:
    assert settles_at({event(CLOSED): NOW}, NOW - timedelta(hours=2)) == NOW + UPLOADING
    assert settles_at({event(CLOSED): NOW}, NOW + timedelta(hours=2)) == NOW + timedelta(hours=2)


def test_parts_lie_on_one_timeline_in_the_order_they_began() -> None:
    found = parts_of([recorded("second", 1_800_000_100.0), recorded("first", 1_800_000_000.0)])
    assert [(part.number, part.file.key, part.offset_seconds) for part in found] == [
        (0, "first.mp4", 0.0),
        (1, "second.mp4", 100.0),
    ]


def test_a_file_reported_twice_is_one_part() -> None:
    assert len(parts_of([recorded("one", 5.0), recorded("one", 5.0)])) == 1


def imported(name: str) -> Arrival:
    return Arrival(RoomEvent(f"import-{name}", EventKind.IMPORT, "room"), (RecordedFile(f"{name}.mp4"),))


def test_an_import_replaces_those_before_it_and_no_recording_of_the_classroom() -> None:
    told = [imported("bad"), recorded("held", 5.0), imported("good"), recorded("held again", 9.0)]
    found = parts_of(told)
    assert {part.file.key for part in found} == {"held.mp4", "good.mp4", "held again.mp4"}
    assert not lesson_is_late(told, found)


def test_an_import_that_came_after_the_parts_were_made_is_late() -> None:
    told = [imported("bad"), imported("good")]
    assert lesson_is_late(told, parts_of(told[:1]))
    assert not lesson_is_late(told, parts_of(told))


def test_a_file_that_is_imported_again_is_heard_as_it_was_told_last() -> None:
    first, again = imported("one"), imported("one")
    again = replace(again, event=replace(again.event, id="a"), files=(replace(again.files[0], student_channel=0),))
    assert [part.file.student_channel for part in parts_of([first, again])] == [0]


def test_an_import_stands_in_the_place_of_what_was_refused_before_it_came_and_what_was_fine_stays() -> None:
    told = [recorded("bad", 1000.0), recorded("fine", 4600.0), imported("whole")]
    assert [part.file.key for part in parts_of(told)] == ["bad.mp4", "fine.mp4", "whole.mp4"]
    told[2] = replace(told[2], instead_of=frozenset(["bad.mp4"]))
    found = parts_of(told)
    assert [(part.file.key, part.offset_seconds) for part in found] == [("whole.mp4", 0.0), ("fine.mp4", 3600.0)]
    assert not lesson_is_late(told, found)
    assert parts_of([*told, recorded("bad", 1000.0)]) == found


def test_a_refused_file_that_is_imported_itself_is_read_as_it_is() -> None:
    again = replace(imported("bad"), instead_of=frozenset(["bad.mp4"]))
    [part] = parts_of([recorded("bad", 1000.0), again])
    assert (part.file.bytes, part.file.started_at) == (None, 1000.0)


SAID = RecordedFile("one.mp4", student_channel=0, transcript_key="imports/1/t.json", target_language="fr")


@pytest.mark.parametrize("kind", [ENDED, EventKind.RECORDING_READY])
def test_an_import_of_a_recording_of_the_classroom_says_more_of_the_same_part(kind: EventKind) -> None:
    held, said = recorded("one", 5.0), Arrival(RoomEvent("import", EventKind.IMPORT, "room"), (SAID,))
    held = replace(held, event=replace(held.event, kind=kind))
    for told in ([held, said], [said, held], [held, said, recorded("one", 5.0)]):
        found = parts_of(told)
        assert [part.file for part in found] == [replace(SAID, bytes=1000, seconds=60.0, started_at=5.0)]
        assert not lesson_is_late(told, found)


@pytest.mark.parametrize("more", [{"student_channel": 0}, {"transcript_key": "imports/1/t.json"}])
def test_an_import_that_says_more_of_a_known_file_is_late(more: dict[str, Any]) -> None:
    held = recorded("one", 5.0)
    said = Arrival(RoomEvent("import", EventKind.IMPORT, "room"), (RecordedFile("one.mp4", **more),))
    assert lesson_is_late([held, said], parts_of([held]))


def test_who_is_heard_where_is_the_recorders_word_and_not_that_of_an_event_of_an_egress() -> None:
    told = recorded("film", 5.0)
    ready = Arrival(RoomEvent("recorded-1", EventKind.RECORDING_READY, "room"), (replace(FILE, key="film.mp4"),))
    for channel in (None, STUDENT_ALONE):
        known = replace(ready, files=(replace(ready.files[0], student_channel=channel),))
        [part] = parts_of([told, known])
        assert (part.file.student_channel, part.egress_id) == (channel, "EG_film")


def test_a_part_whose_beginning_is_not_known_follows_what_arrived_before_it() -> None:
    found = parts_of([recorded("first", 1_800_000_000.0, seconds=60), recorded("later", seconds=30)])
    assert [part.offset_seconds for part in found] == [0.0, 60.0]


def test_a_recording_that_is_no_part_yet_is_late() -> None:
    first, second = recorded("first", 1.0), recorded("second", 2.0)
    known = parts_of([first])
    assert not lesson_is_late([first], known)
    assert lesson_is_late([first, second], known)


def test_a_span_lies_in_the_part_that_holds_all_of_it() -> None:
    parts = [
        Part(0, "", "", RecordedFile("a"), offset_seconds=0, seconds=60),
        Part(1, "", "", RecordedFile("b"), offset_seconds=100, seconds=60),
    ]
    found = [part_at(parts, *span) for span in ((10, 40), (110, 150), (50, 110), (70, 90))]
    assert [part.number if part else None for part in found] == [0, 1, None, None]


def test_a_lessons_id_is_the_same_every_time() -> None:
    assert lesson_id_of("a") == lesson_id_of("a") != lesson_id_of("b")


ENDED_AT = datetime(2026, 3, 1, 11, tzinfo=UTC)
OUTCOME_OF = {
    "EGRESS_STARTING": Outcome.WAIT,
    "EGRESS_ACTIVE": Outcome.WAIT,
    "EGRESS_ENDING": Outcome.WAIT,
    "EGRESS_COMPLETE": Outcome.USE,
    "EGRESS_FAILED": Outcome.LOOK,
    "EGRESS_ABORTED": Outcome.NONE,
    "EGRESS_LIMIT_REACHED": Outcome.USE,
}


def egress(id: str, status: str, minutes: float = 0.0, *files: RecordedFile) -> Egress:
    """A recording as LiveKit told of it so many minutes after another."""
    return Egress(id, status_of(status), ENDED_AT + timedelta(minutes=minutes), files)


def ended(name: str, status: str, *files: RecordedFile) -> Arrival:
    return Arrival(RoomEvent(f"EV_{name}", ENDED, "room", f"EG_{name}", status), files)


@pytest.mark.parametrize(("status", "outcome"), OUTCOME_OF.items())
@pytest.mark.parametrize("spelled", [str, str.lower, lambda name: name.removeprefix("EGRESS_"), str.title])
def test_every_status_means_one_thing_for_its_files(
    status: str, outcome: Outcome, spelled: Callable[[str], str]
) -> None:
    assert outcome_of(egress("1", spelled(status))) is outcome


def test_a_status_is_known_by_its_number_too() -> None:
    assert [status_of(str(number)) for number in range(7)] == [EgressStatus(name) for name in OUTCOME_OF]


@pytest.mark.parametrize("told", ["", "7", "-1", "EGRESS_PAUSED", "EGRESS_", "complete, or so"])
def test_what_a_recording_of_unknown_status_wrote_is_looked_for_in_storage(told: str) -> None:
    assert status_of(told) is None
    assert outcome_of(egress("1", told)) is Outcome.LOOK


def test_a_recording_of_a_closed_room_that_says_nothing_for_long_is_lost() -> None:
    later = ENDED_AT + STUCK
    for status in ("EGRESS_STARTING", "EGRESS_ACTIVE"):
        stuck = egress("1", status)
        assert outcome_of(stuck, room_is_open=False, now=later) is Outcome.WAIT
        assert outcome_of(stuck, room_is_open=False, now=later + timedelta(seconds=1)) is Outcome.LOOK
        assert outcome_of(stuck, room_is_open=True, now=later + timedelta(hours=9)) is Outcome.WAIT


def test_an_upload_may_take_its_time() -> None:
    ending = egress("1", "EGRESS_ENDING")
    assert outcome_of(ending, room_is_open=False, now=ENDED_AT + UPLOADING) is Outcome.WAIT
    assert outcome_of(ending, room_is_open=False, now=ENDED_AT + UPLOADING * 2) is Outcome.LOOK


FILE = RecordedFile("a.mp4", 100, 60.0, 5.0)


@pytest.mark.parametrize(
    ("status", "stored", "files"),
    [
        ("EGRESS_COMPLETE", None, [FILE]),
        ("EGRESS_LIMIT_REACHED", None, [replace(FILE, truncated=True)]),
        ("EGRESS_FAILED", 80, [replace(FILE, bytes=80, truncated=True)]),
        ("EGRESS_FAILED", 0, []),
        ("EGRESS_FAILED", None, []),
        ("EGRESS_ABORTED", 80, []),
        ("of tomorrow", 80, [replace(FILE, bytes=80, truncated=True)]),
        ("of tomorrow", None, []),
    ],
)
def test_of_a_recording_that_did_not_end_well_only_what_is_stored_is_used(
    status: str, stored: int | None, files: list[RecordedFile]
) -> None:
    told = ended("1", status, FILE)
    assert list(as_found(told, {"a.mp4": stored}).files) == files
    assert [file.key for file in doubtful([told])] == (["a.mp4"] if status in ("EGRESS_FAILED", "of tomorrow") else [])


def test_a_recording_without_files_makes_no_parts() -> None:
    assert parts_of([ended("1", "EGRESS_COMPLETE")]) == []


TOLD = [
    egress("A", "EGRESS_STARTING", 0),
    egress("A", "EGRESS_ACTIVE", 1),
    egress("A", "EGRESS_ENDING", 3),
    egress("A", "EGRESS_COMPLETE", 4, FILE),
    egress("B", "EGRESS_ACTIVE", 2),
    egress("B", "EGRESS_FAILED", 5, replace(FILE, key="b.mp4")),
]


def test_whatever_order_six_tellings_come_in_each_thrice_they_end_in_one_state() -> None:
    ends = {tuple(newest([*order, *reversed(order), *order])) for order in permutations(TOLD)}
    assert ends == {(TOLD[3], TOLD[5])}


def test_a_recording_that_has_ended_is_not_opened_again_by_a_word_that_is_dated_later() -> None:
    straggler = egress("A", "EGRESS_ACTIVE", 9)
    assert newest([TOLD[3], straggler]) == newest([straggler, TOLD[3]]) == [TOLD[3]]


EVENTS = [
    Arrival(RoomEvent("EV_1", CLOSED, "room")),
    ended("A", "EGRESS_COMPLETE", RecordedFile("a.mp4", 100, 60.0, 1000.0)),
    ended("A again", "EGRESS_COMPLETE", RecordedFile("a.mp4", None, 0.0, 1000.0)),
    ended("B", "EGRESS_FAILED", RecordedFile("b.mp4", 50, 30.0, 1090.0)),
    Arrival(RoomEvent("EV_2", CLOSED, "room")),
    Arrival(RoomEvent("EV_3", EventKind.RECORDING_READY, "room"), (RecordedFile("c.mp4", 70, 20.0, 1200.0),)),
]


def test_whatever_order_six_events_come_in_each_thrice_the_parts_are_the_same() -> None:
    stored = {"b.mp4": 40}
    ends = set[tuple[Part, ...]]()
    for order in permutations(EVENTS):
        seen = {one.event.id: one for one in (*order, *reversed(order), *order)}
        ends.add(tuple(parts_of([as_found(one, stored) for one in seen.values()])))
        arrived = {one.event: NOW for one in seen.values()}
        assert settles_at(arrived, NOW + timedelta(hours=9)) < NOW
    [parts] = ends
    assert [(part.file.key, part.offset_seconds, part.file.bytes) for part in parts] == [
        ("a.mp4", 0.0, 100),
        ("b.mp4", 90.0, 40),
        ("c.mp4", 200.0, 70),
    ]
    assert [part.event_id for part in parts] == ["EV_A", "EV_B", "EV_3"]


@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS)))
def test_events_that_are_late_doubled_or_shuffled_change_no_part(order: list[Arrival], again: list[Arrival]) -> None:
    known = [as_found(one, {"b.mp4": 40}) for one in order]
    doubled = [as_found(one, {"b.mp4": 40}) for one in (*order, *again)]
    assert parts_of(doubled) == parts_of(known)
    assert not lesson_is_late(again, parts_of(known))


def test_a_failed_recording_of_which_nothing_is_stored_makes_no_lesson_late() -> None:
    assert not lesson_is_late([ended("B", "EGRESS_FAILED", FILE)], [])


def test_where_each_person_has_a_file_the_mixed_one_is_seen_and_not_heard() -> None:
    mixed = Part(0, "", "", RecordedFile("room.mp4", student_channel=None), 0.0, 60.0)
    tutor = Part(1, "", "", RecordedFile("tutor.ogg", student_channel=TUTOR_ALONE), 0.2, 60.0)
    student = Part(2, "", "", RecordedFile("student.ogg", student_channel=STUDENT_ALONE), 0.4, 60.0)
    assert audible([mixed, tutor, student]) == [tutor, student]
    assert visible([mixed, tutor, student]) == [mixed]
    assert audible([mixed]) == [mixed]
    assert visible([student]) == [student]
    assert part_at([mixed, tutor, student], 10, 40) == mixed


@pytest.mark.parametrize(
    ("came", "agreed", "why"),
    [
        (False, True, Nothing.NO_SHOW),
        (False, False, Nothing.NO_SHOW),
        (True, False, Nothing.NO_CONSENT),
        (True, True, Nothing.NOT_RECORDED),
    ],
)
def test_a_lesson_without_a_recording_says_why(came: bool, agreed: bool, why: Nothing) -> None:
    assert why_nothing(came, agreed) is why
