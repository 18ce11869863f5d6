"""When a recording is settled, and of which parts it consists."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from lessons.capture import (
    CLOSING,
    GRACE,
    UPLOADING,
    Arrival,
    EventKind,
    Part,
    RecordedFile,
    RoomEvent,
    lesson_id_of,
    lesson_is_late,
    part_at,
    parts_of,
    settles_at,
)

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


def test_a_closed_room_waits_for_the_upload_and_for_the_bookings_end() -> None:
    assert settles_at({event(CLOSED): NOW}, NOW - timedelta(hours=2)) == NOW + UPLOADING
    assert settles_at({event(CLOSED): NOW}, NOW + timedelta(hours=2)) == NOW + timedelta(hours=2) + GRACE


def test_parts_lie_on_one_timeline_in_the_order_they_began() -> None:
    found = parts_of([recorded("second", 1_800_000_100.0), recorded("first", 1_800_000_000.0)])
    assert [(part.number, part.file.key, part.offset_seconds) for part in found] == [
        (0, "first.mp4", 0.0),
        (1, "second.mp4", 100.0),
    ]


def test_a_file_reported_twice_is_one_part() -> None:
    assert len(parts_of([recorded("one", 5.0), recorded("one", 5.0)])) == 1


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
