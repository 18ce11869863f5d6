"""Which recordings a lesson consists of, whatever was told of them."""

from dataclasses import replace
from typing import Any

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
    LessonError,
    NoAudio,
    NotMedia,
    RecordingEmpty,
    RecordingMissing,
    RecordingTruncated,
    RecordingUnfinished,
    RoomUnavailable,
)
from lessons.messages import Failure, Fetched, Lesson, LessonReport, Nothing, Settled, Stage
from lessons.watching import SILENT
from providers.disk import DiskFileStore
from tests.activities.classrooms import ScriptedRecorder
from tests.activities.scenes import (
    MEASURED,
    NOW,
    RECORDING,
    arrived,
    imported,
    lay,
    parts,
    recording_of,
    stages_shown,
    state_of,
)
from tests.activities.scripted import ScriptedReader
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


async def test_a_good_import_mends_a_lesson_whose_first_one_was_bad(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, store: DiskFileStore, lesson: Lesson
) -> None:
    lay(store, "imports/1/bad", b"")
    await imported(sessions, lesson, RecordedFile("imports/1/bad"))
    await env.run(recordings.settle, lesson)
    with pytest.raises(RecordingEmpty, match="Import it again for this booking: the lesson goes on with it"):
        await env.run(recordings.fetch, lesson)
    await imported(sessions, lesson, RecordedFile(RECORDING))
    assert await env.run(recordings.settle, lesson) == Settled(1)
    assert await env.run(recordings.fetch, lesson) == Fetched(60.5)
    assert [one.file.key for one in await parts(sessions, lesson)] == [RECORDING]
    assert (await recording_of(sessions, lesson)).storage_path == RECORDING
    assert not await env.run(recordings.complete, lesson, LessonReport())


BAD, OTHER = "lessons/1/bad.mp4", "lessons/1/other.mp4"
WHOLE = "imports/1/whole.mp4"


async def refused(
    env: ActivityEnvironment, recordings: Recordings, lesson: Lesson, error: type[LessonError] = RecordingTruncated
) -> None:
    """The recording is settled, and refused by fetch."""
    await env.run(recordings.settle, lesson)
    with pytest.raises(error):
        await env.run(recordings.fetch, lesson)


def readable(recordings: Recordings, *keys: str) -> Recordings:
    """Recordings of which these files can be read."""
    return replace(recordings, reader=ScriptedReader(dict.fromkeys(keys, MEASURED)))


@pytest.mark.parametrize("is_told_again", [True, False])
async def test_an_import_mends_a_lesson_whose_recording_of_the_classroom_was_refused(
    env: ActivityEnvironment,
    recordings: Recordings,
    sessions: Sessions,
    store: DiskFileStore,
    lesson: Lesson,
    is_told_again: bool,
) -> None:
    held = RecordedFile(BAD, 9_000_000, 3600.0, NOW)
    room = readable(in_classroom(recordings, files=[held] if is_told_again else []), BAD, WHOLE)
    lay(store, BAD, b"recor")
    lay(store, WHOLE, b"whole")
    await arrived(sessions, lesson, held)
    await refused(env, room, lesson)
    await refused(env, room, lesson)
    await imported(sessions, lesson, RecordedFile(WHOLE))
    for _ in range(2):
        assert await env.run(room.settle, lesson) == Settled(1)
        assert await env.run(room.fetch, lesson) == Fetched(60.5)
    assert [(one.file.key, one.offset_seconds) for one in await parts(sessions, lesson)] == [(WHOLE, 0.0)]
    assert not await env.run(room.complete, lesson, LessonReport())


async def test_all_files_that_are_refused_are_replaced_by_one_import_and_the_others_stay(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, store: DiskFileStore, lesson: Lesson
) -> None:
    for key in (BAD, OTHER, WHOLE):
        lay(store, key, b"recor")
    told = [RecordedFile(key, 5, 60.0, NOW + 100 * n) for n, key in enumerate((BAD, RECORDING, OTHER))]
    await arrived(sessions, lesson, told[0], replace(told[1], bytes=9), told[2])
    reader = ScriptedReader({BAD: NotMedia(), OTHER: NoAudio(), RECORDING: MEASURED, WHOLE: MEASURED})
    recordings = replace(recordings, reader=reader)
    await refused(env, recordings, lesson, NotMedia)
    await imported(sessions, lesson, RecordedFile(WHOLE))
    await env.run(recordings.settle, lesson)
    await env.run(recordings.fetch, lesson)
    assert [(one.file.key, one.offset_seconds) for one in await parts(sessions, lesson)] == [
        (WHOLE, 0.0),
        (RECORDING, 100.0),
    ]


async def test_a_file_that_was_missing_and_came_after_all_stays_beside_an_import(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, store: DiskFileStore, lesson: Lesson
) -> None:
    recordings = readable(recordings, OTHER, WHOLE)
    await arrived(sessions, lesson, RecordedFile(OTHER, 5, 60.0, NOW))
    await refused(env, recordings, lesson, RecordingMissing)
    lay(store, OTHER, b"recor")
    await env.run(recordings.fetch, lesson)
    await imported(sessions, lesson, RecordedFile(WHOLE))
    await env.run(recordings.settle, lesson)
    assert [one.file.key for one in await parts(sessions, lesson)] == [OTHER, WHOLE]


async def test_an_import_that_was_there_before_the_refusal_stands_in_for_nothing(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await arrived(sessions, lesson, RecordedFile(OTHER, 5, 60.0, NOW))
    await imported(sessions, lesson, RecordedFile(RECORDING))
    await refused(env, recordings, lesson, RecordingMissing)
    await env.run(recordings.settle, lesson)
    assert [one.file.key for one in await parts(sessions, lesson)] == [OTHER, RECORDING]


@pytest.mark.parametrize("is_away", [True, False])
async def test_an_import_of_the_classrooms_own_recording_is_one_part_and_heard_as_the_import_says(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson, is_away: bool
) -> None:
    held = RecordedFile(RECORDING, 9, 60.0, NOW)
    room = in_classroom(recordings, files=[held], away=RoomUnavailable() if is_away else None)
    env.info = replace(env.info, attempt=ASKED)
    await arrived(sessions, lesson, held)
    said = RecordedFile(RECORDING, student_channel=0, transcript_key="imports/1/t.json")
    await imported(sessions, lesson, said)
    assert await env.run(room.settle, lesson) == Settled(1, 60.0)
    [one] = await parts(sessions, lesson)
    assert (one.file, one.offset_seconds, one.egress_id) == (replace(said, bytes=9), 0.0, "EG_1")
    assert not await env.run(room.complete, lesson, LessonReport())


async def test_a_corrected_channel_begins_a_lesson_again_once(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    held = RecordedFile(RECORDING, 9, 60.0, NOW)
    room = in_classroom(recordings, files=[held])
    await arrived(sessions, lesson, held)
    await env.run(room.settle, lesson)
    await imported(sessions, lesson, RecordedFile(RECORDING, student_channel=0))
    assert await env.run(room.complete, lesson, LessonReport())
    await env.run(room.settle, lesson)
    assert [one.file.student_channel for one in await parts(sessions, lesson)] == [0]
    assert not await env.run(room.complete, lesson, LessonReport())


AGO = """
    UPDATE studio.classrooms SET opened_at = opened_at - CAST(:ago AS interval),
        ended_at = ended_at - CAST(:ago AS interval);
    UPDATE studio.webhook_events SET received_at = received_at - CAST(:ago AS interval)
"""


def in_classroom(recordings: Recordings, **truth: Any) -> Recordings:
    """Recordings of a lesson that was held in a room of ours."""
    return replace(recordings, recorder=ScriptedRecorder(**truth))


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
