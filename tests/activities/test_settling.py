"""Which recordings a lesson consists of, whatever was told of them."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.recordings import ASKED, Recordings
from db.classrooms import end_classroom, note_joined, open_classroom
from db.consents import keep_answer
from db.inbox import store_events
from db.session import Sessions
from lessons.capture import STUDENT_ALONE, TUTOR_ALONE, Arrival, EventKind, RecordedFile, RoomEvent
from lessons.classroom import Seat
from lessons.consent import VERSION, Purpose, Way
from lessons.errors import (
    RecordingMissing,
    RecordingUnfinished,
    RoomUnavailable,
)
from lessons.messages import Failure, Lesson, Nothing, Settled, Stage
from lessons.watching import SILENT
from tests.activities.classrooms import in_classroom
from tests.activities.scenes import (
    NOW,
    RECORDING,
    arrived,
    parts,
    recording_of,
    stages_shown,
    state_of,
)
from tests.rows import all_rows


async def test_a_lesson_that_nobody_recorded_has_no_parts(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    assert await env.run(recordings.settle, lesson) == Settled(0, nothing=Nothing.NOT_RECORDED)
    assert await stages_shown(sessions, lesson) == {"capture": ("done", 1)}


async def test_a_capture_that_had_failed_is_done_when_it_is_retried(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.mark_failed, lesson, Failure(Stage.CAPTURE, "no_answer", "."))
    await env.run(recordings.settle, lesson)
    assert await stages_shown(sessions, lesson) == {"capture": ("done", 1)}
    assert (await state_of(sessions, lesson)).status == "processing"


async def test_a_recording_settles_once_however_often_it_is_told(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await arrived(sessions, lesson, RecordedFile(RECORDING, 9, 60.0, 1790000000.0))
    assert await env.run(recordings.settle, lesson) == Settled(1, 60.0)
    before = await all_rows(sessions)
    assert await env.run(recordings.settle, lesson) == Settled(1, 60.0)
    assert await all_rows(sessions) == before
    row = await recording_of(sessions, lesson)
    assert (row.storage_path, row.egress_id, row.status) == (RECORDING, "EG_1", "processing")


async def test_two_parts_lie_on_one_timeline_in_the_order_they_began(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    later = RecordedFile("lessons/1/b.mp4", 9, 30.0, 1790000090.5)
    earlier = RecordedFile("lessons/1/a.mp4", 9, 60.0, 1790000000.0)
    await arrived(sessions, lesson, later, earlier)
    assert await env.run(recordings.settle, lesson) == Settled(2, 90.0)
    placed = [(one.number, one.file.key, one.offset_seconds) for one in await parts(sessions, lesson)]
    assert placed == [(0, "lessons/1/a.mp4", 0.0), (1, "lessons/1/b.mp4", 90.5)]


async def test_a_part_that_began_earlier_but_arrived_later_takes_its_place(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await arrived(sessions, lesson, RecordedFile(RECORDING, 9, 30.0, 1790000090.0))
    await env.run(recordings.settle, lesson)
    await env.run(recordings.fetch, lesson)
    await arrived(sessions, lesson, RecordedFile("lessons/1/a.mp4", 9, 60.0, 1790000000.0))
    assert await env.run(recordings.settle, lesson) == Settled(2, 90.0)
    placed = [(one.file.key, one.offset_seconds) for one in await parts(sessions, lesson)]
    assert placed == [("lessons/1/a.mp4", 0.0), (RECORDING, 90.0)]


AGO = """
    UPDATE studio.classrooms SET opened_at = opened_at - CAST(:ago AS interval),
        ended_at = ended_at - CAST(:ago AS interval);
    UPDATE studio.webhook_events SET received_at = received_at - CAST(:ago AS interval)
"""


async def closed(sessions: Sessions, lesson: Lesson) -> None:
    event = RoomEvent("EV_closed", EventKind.ROOM_FINISHED, lesson.booking_id)
    async with sessions.begin() as session:
        await store_events(session, [Arrival(event)])


async def ended(sessions: Sessions, lesson: Lesson, status: str, *files: RecordedFile) -> None:
    event = RoomEvent(f"EV_{status}", EventKind.EGRESS_ENDED, lesson.booking_id, "EG_1", status)
    async with sessions.begin() as session:
        await store_events(session, [Arrival(event, files)])


async def test_what_the_recorder_knows_is_the_truth_and_events_only_wake(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    true = RecordedFile(RECORDING, 9, 60.0, NOW)
    untold = RecordedFile("lessons/1/b.mp4", 9, 30.0, NOW + 90)
    await ended(sessions, lesson, "EGRESS_COMPLETE", RecordedFile(RECORDING, 5000, 7.0, NOW + 3))
    assert await env.run(in_classroom(recordings, files=[true, untold]).settle, lesson) == Settled(2, 90.0)
    placed = [(one.file.key, one.file.bytes, one.offset_seconds) for one in await parts(sessions, lesson)]
    assert placed == [(RECORDING, 9, 0.0), ("lessons/1/b.mp4", 9, 90.0)]


async def test_a_lesson_of_which_every_event_was_lost_but_its_rooms_end_has_its_recordings(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await closed(sessions, lesson)
    found = in_classroom(recordings, files=[RecordedFile(RECORDING, 9, 60.0, NOW)])
    assert (await env.run(found.settle, lesson)).parts == 1


@pytest.mark.parametrize(
    ("status", "stored", "settled"),
    [
        ("EGRESS_LIMIT_REACHED", True, Settled(1, 60.0, truncated=True)),
        ("EGRESS_FAILED", True, Settled(1, 60.0, truncated=True)),
        ("EGRESS_FAILED", False, Settled(0, nothing=Nothing.NOT_RECORDED)),
        ("EGRESS_ABORTED", True, Settled(0, nothing=Nothing.NOT_RECORDED)),
        ("of tomorrow", True, Settled(1, 60.0, truncated=True)),
        ("EGRESS_COMPLETE", False, Settled(1, 60.0)),
    ],
)
async def test_a_recording_that_did_not_end_well_is_used_as_far_as_it_is_there(
    env: ActivityEnvironment,
    recordings: Recordings,
    sessions: Sessions,
    lesson: Lesson,
    status: str,
    stored: bool,
    settled: Settled,
) -> None:
    await ended(sessions, lesson, status, RecordedFile(RECORDING if stored else "lessons/1/none.mp4", 5000, 60.0, NOW))
    assert await env.run(recordings.settle, lesson) == settled


async def test_a_recording_of_a_backup_storage_is_asked_for_where_it_should_be(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await ended(sessions, lesson, "EGRESS_COMPLETE", RecordedFile("lessons/1/elsewhere.mp4", 9, 60.0, NOW))
    assert (await env.run(recordings.settle, lesson)).parts == 1
    with pytest.raises(RecordingMissing):
        await env.run(recordings.fetch, lesson)


async def test_a_recording_that_is_not_finished_is_waited_for(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await closed(sessions, lesson)
    assert (await env.run(in_classroom(recordings, away=RecordingUnfinished()).settle, lesson)).waiting
    assert await stages_shown(sessions, lesson) == {"capture": ("running", 0)}


async def test_a_room_that_is_watched_is_waited_for_unless_its_watch_has_told(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    async def watched(booking_id: str) -> bool:
        return booking_id == lesson.booking_id

    room = replace(in_classroom(recordings, files=[RecordedFile(RECORDING, 9, 60.0, NOW)]), is_watched=watched)
    await closed(sessions, lesson)
    assert (await env.run(room.settle, lesson)).waiting
    event = RoomEvent("recorded-1", EventKind.RECORDING_READY, lesson.booking_id)
    async with sessions.begin() as session:
        await store_events(session, [Arrival(event)])
    assert await env.run(room.settle, lesson) == Settled(1, 60.0)


@pytest.mark.parametrize("by_the_tutor", [True, False])
async def test_a_room_that_is_over_is_not_waited_for_for_long_though_its_watch_says_nothing(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson, by_the_tutor: bool
) -> None:
    async def watched(booking_id: str) -> bool:
        return True

    room = replace(in_classroom(recordings), is_watched=watched)
    async with sessions.begin() as session:
        await open_classroom(session, lesson.booking_id)
    assert await env.run(room.settle, lesson) == Settled(0, waiting=True, watched=True)
    await arrived(sessions, lesson, RecordedFile(RECORDING, 9, 60.0, NOW))
    if by_the_tutor:
        async with sessions.begin() as session:
            await end_classroom(session, lesson.booking_id, Seat.TUTOR)
    else:
        await closed(sessions, lesson)
    assert await env.run(room.settle, lesson) == Settled(0, waiting=True)
    async with sessions.begin() as session:
        for statement in AGO.split(";"):
            await session.execute(text(statement), {"ago": SILENT})
    assert await env.run(room.settle, lesson) == Settled(1, 60.0)


async def test_where_the_recorder_is_away_the_inbox_has_to_do(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    away = in_classroom(recordings, away=RoomUnavailable())
    await closed(sessions, lesson)
    with pytest.raises(RoomUnavailable):
        await env.run(away.settle, lesson)
    await arrived(sessions, lesson, RecordedFile(RECORDING, 9, 60.0, NOW))
    for attempt in range(1, ASKED):
        env.info = replace(env.info, attempt=attempt)
        with pytest.raises(RoomUnavailable):
            await env.run(away.settle, lesson)
    env.info = replace(env.info, attempt=ASKED)
    assert await env.run(away.settle, lesson) == Settled(1, 60.0)


async def test_where_the_recorder_is_away_its_earlier_word_says_who_is_heard_where(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    told = {RECORDING: None, "lessons/1/tutor.ogg": TUTOR_ALONE, "lessons/1/student.ogg": STUDENT_ALONE}
    ready = RoomEvent("recorded-1", EventKind.RECORDING_READY, lesson.booking_id)
    await arrived(sessions, lesson, *(RecordedFile(key, 9, 60.0, NOW) for key in told))
    async with sessions.begin() as session:
        files = [RecordedFile(key, 9, 60.0, NOW, channel) for key, channel in told.items()]
        await store_events(session, [Arrival(ready, tuple(files))])
    env.info = replace(env.info, attempt=ASKED)
    await env.run(in_classroom(recordings, away=RoomUnavailable()).settle, lesson)
    assert {one.file.key: one.file.student_channel for one in await parts(sessions, lesson)} == told


async def test_an_import_does_not_ask_the_recorder(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    event = RoomEvent("import-1", EventKind.IMPORT, lesson.booking_id)
    async with sessions.begin() as session:
        await store_events(session, [Arrival(event, (RecordedFile(RECORDING, 9, 60.0, NOW),))])
    assert (await env.run(in_classroom(recordings, away=RoomUnavailable()).settle, lesson)).parts == 1


@pytest.mark.parametrize(
    ("came", "agreed", "nothing"),
    [
        ((), (), Nothing.NO_SHOW),
        ((Seat.TUTOR,), (Seat.TUTOR, Seat.STUDENT), Nothing.NO_SHOW),
        ((Seat.TUTOR, Seat.STUDENT), (Seat.TUTOR,), Nothing.NO_CONSENT),
        ((Seat.TUTOR, Seat.STUDENT), (Seat.TUTOR, Seat.STUDENT), Nothing.NOT_RECORDED),
    ],
)
async def test_a_classroom_that_was_not_recorded_says_why(
    env: ActivityEnvironment,
    recordings: Recordings,
    sessions: Sessions,
    lesson: Lesson,
    came: tuple[Seat, ...],
    agreed: tuple[Seat, ...],
    nothing: Nothing,
) -> None:
    people = {Seat.TUTOR: lesson.tutor_id, Seat.STUDENT: lesson.student_id}
    async with sessions.begin() as session:
        await open_classroom(session, lesson.booking_id)
        for seat in came:
            await note_joined(session, lesson.booking_id, seat)
        for seat in agreed:
            await keep_answer(
                session, lesson.booking_id, people[seat], seat, Purpose.RECORD, True, VERSION, Way.ACCOUNT
            )
    assert await env.run(in_classroom(recordings).settle, lesson) == Settled(0, nothing=nothing)
