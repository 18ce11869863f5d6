"""Settling and fetching a recording, and how a lesson ends."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.recordings import ASKED, Recordings
from db.classrooms import end_classroom, note_joined, open_classroom
from db.clips import keep_clip
from db.consents import keep_answer
from db.inbox import store_events
from db.lessons import lesson_of
from db.models import LessonState
from db.parts import parts_of
from db.roadmaps import keep_roadmap
from db.session import Sessions
from db.stages import begin_stage
from lessons.capture import (
    STUDENT_ALONE,
    TUTOR_ALONE,
    Arrival,
    EventKind,
    Part,
    RecordedFile,
    RoomEvent,
)
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
from lessons.highlights import Highlight
from lessons.loudness import SILENCE
from lessons.messages import Failure, Fetched, Lesson, LessonReport, Nothing, Settled, Stage
from lessons.ports import Measured
from lessons.roadmap import Node
from lessons.transcript import Transcript
from lessons.watching import SILENT
from providers.disk import DiskFileStore
from tests.activities.classrooms import ScriptedRecorder
from tests.activities.scenes import (
    RECORDING,
    arrived,
    imported,
    lay,
    left_in,
    objects_in,
    part,
    recording_of,
    settled,
    spoken,
    stages_shown,
)
from tests.activities.scripted import ScriptedReader
from tests.rows import all_rows

NOW = 1790000000.0
SPEECH = -20.0
MEASURED = Measured(60.5, 60.4, 9, 2800, 1800, 2, (SPEECH, SPEECH), 1280, 720, "ab" * 32)
NO_CLIPS = Failure(Stage.CLIP, "clip_failed", "A clip could not be rendered.")
NOT_MEDIA = Failure(Stage.FETCH, "not_media", "The file is not a recording that can be read.")


def measured(*loudness: float) -> Measured:
    return replace(MEASURED, channels=len(loudness), loudness=loudness)


@pytest.fixture
def reader() -> ScriptedReader:
    return ScriptedReader({RECORDING: MEASURED})


@pytest.fixture
def recordings(sessions: Sessions, store: DiskFileStore, reader: ScriptedReader, scratch: Path) -> Recordings:
    lay(store, RECORDING, b"recording")
    return Recordings(sessions, store, reader, scratch)


async def parts(sessions: Sessions, lesson: Lesson) -> list[Part]:
    async with sessions() as session:
        return await parts_of(session, lesson.lesson_id)


async def state_of(sessions: Sessions, lesson: Lesson) -> LessonState:
    async with sessions() as session:
        state = await lesson_of(session, lesson.lesson_id)
    assert state is not None
    return state


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


async def test_fetch_stores_the_sound_and_what_it_measured(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, store: DiskFileStore, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part(bytes=9))
    assert await env.run(recordings.fetch, lesson) == Fetched(60.5)
    (one,) = await parts(sessions, lesson)
    assert (one.seconds, one.channels, one.has_picture, one.audio_sha256) == (60.5, 2, True, "ab" * 32)
    assert objects_in(store) == {RECORDING: "recording", one.audio_key: f"sound of {RECORDING}"}
    assert (await recording_of(sessions, lesson)).duration_seconds == 60
    assert (await recording_of(sessions, lesson)).status == "transcribing"
    assert (await state_of(sessions, lesson)).seconds == 60.5
    assert await stages_shown(sessions, lesson) == {"fetch": ("done", 1)}


async def test_fetch_run_twice_leaves_the_same_rows_and_files(
    env: ActivityEnvironment,
    recordings: Recordings,
    sessions: Sessions,
    store: DiskFileStore,
    scratch: Path,
    lesson: Lesson,
) -> None:
    await settled(sessions, lesson, part(bytes=9))
    first = await env.run(recordings.fetch, lesson)
    before = await all_rows(sessions), objects_in(store)
    assert await env.run(recordings.fetch, lesson) == first
    assert (await all_rows(sessions), objects_in(store)) == before
    assert left_in(scratch) == []


async def test_the_parts_of_a_lesson_are_fetched_one_by_one(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, scratch: Path, lesson: Lesson
) -> None:
    other = "lessons/1/second.mp4"
    reader = ScriptedReader({RECORDING: MEASURED, other: replace(MEASURED, seconds=30.25)})
    lay(store, RECORDING, b"recording")
    lay(store, other, b"recording")
    await settled(sessions, lesson, part(), part(1, other, offset=90.0))
    assert await env.run(Recordings(sessions, store, reader, scratch).fetch, lesson) == Fetched(120.25)
    assert reader.read_keys == [RECORDING, other]
    assert [one.seconds for one in await parts(sessions, lesson)] == [60.5, 30.25]
    assert len({one.audio_key for one in await parts(sessions, lesson)}) == 2


@pytest.mark.parametrize(
    ("content", "reported", "error"),
    [
        (None, 9, RecordingMissing),
        (b"", 9, RecordingEmpty),
        (b"", None, RecordingEmpty),
        (b"recor", 9, RecordingTruncated),
        (b"recording and more", 9, RecordingTruncated),
    ],
)
async def test_a_recording_that_is_not_there_as_it_was_reported_is_not_read(
    env: ActivityEnvironment,
    recordings: Recordings,
    reader: ScriptedReader,
    sessions: Sessions,
    store: DiskFileStore,
    lesson: Lesson,
    content: bytes | None,
    reported: int | None,
    error: type[LessonError],
) -> None:
    key = "lessons/1/other.mp4"
    if content is not None:
        lay(store, key, content)
    await settled(sessions, lesson, part(key=key, bytes=reported))
    with pytest.raises(error) as raised:
        await env.run(recordings.fetch, lesson)
    assert key not in str(raised.value)
    assert reader.read_keys == []
    assert await stages_shown(sessions, lesson) == {"fetch": ("running", 0)}


async def test_a_size_that_was_not_reported_is_not_compared(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part(bytes=None))
    assert (await env.run(recordings.fetch, lesson)).seconds == 60.5


async def test_a_file_that_cannot_be_read_leaves_nothing_but_how_far_it_came(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, scratch: Path, lesson: Lesson
) -> None:
    lay(store, RECORDING, b"recording")
    await settled(sessions, lesson, part())
    reader, beats = ScriptedReader({RECORDING: NotMedia()}), list[float]()
    env.on_heartbeat = beats.append
    with pytest.raises(NotMedia):
        await env.run(Recordings(sessions, store, reader, scratch).fetch, lesson)
    assert await stages_shown(sessions, lesson) == {"fetch": ("running", 0.4)}
    assert beats == [0.4]
    assert list(objects_in(store)) == [RECORDING]
    assert left_in(scratch) == []


@pytest.mark.parametrize(
    ("loudness", "student_channel", "someone", "student"),
    [
        ((SPEECH, SPEECH), 1, True, True),
        ((SPEECH, SILENCE), 1, True, False),
        ((SILENCE, SPEECH), 1, True, True),
        ((SPEECH, SILENCE), 0, True, True),
        ((SILENCE, SPEECH), 0, True, False),
        ((SILENCE, SILENCE), 1, False, False),
        ((SILENCE, SILENCE), None, False, False),
        ((SPEECH, SILENCE), None, True, True),
        ((SPEECH,), None, True, True),
        ((SPEECH,), 1, True, True),
        ((SILENCE,), 1, False, False),
    ],
)
async def test_it_is_heard_whether_anyone_and_whether_the_student_speaks(
    env: ActivityEnvironment,
    sessions: Sessions,
    store: DiskFileStore,
    scratch: Path,
    lesson: Lesson,
    loudness: tuple[float, ...],
    student_channel: int | None,
    someone: bool,
    student: bool,
) -> None:
    lay(store, RECORDING, b"recording")
    await settled(sessions, lesson, part(student_channel=student_channel))
    reader = ScriptedReader({RECORDING: measured(*loudness)})
    fetched = await env.run(Recordings(sessions, store, reader, scratch).fetch, lesson)
    assert (fetched.someone_speaks, fetched.student_speaks) == (someone, student)


async def test_a_student_who_speaks_in_one_of_two_parts_is_heard(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, scratch: Path, lesson: Lesson
) -> None:
    other = "lessons/1/second.mp4"
    reader = ScriptedReader({RECORDING: measured(SPEECH, SILENCE), other: measured(SILENCE, SPEECH)})
    lay(store, RECORDING, b"recording")
    lay(store, other, b"recording")
    await settled(sessions, lesson, part(), part(1, other, offset=90.0))
    assert (await env.run(Recordings(sessions, store, reader, scratch).fetch, lesson)).student_speaks


@pytest.mark.parametrize("key", ["", RECORDING])
async def test_a_lesson_that_came_with_its_transcript_is_taken_on_trust(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, scratch: Path, lesson: Lesson, key: str
) -> None:
    lay(store, RECORDING, b"recording")
    await settled(sessions, lesson, part(key=key, transcript_key="imports/1/t.json"))
    reader = ScriptedReader({RECORDING: measured(SILENCE, SILENCE)})
    fetched = await env.run(Recordings(sessions, store, reader, scratch).fetch, lesson)
    assert fetched == Fetched(60.5 if key else 0.0)
    assert reader.read_keys == [key for key in [key] if key]


async def test_a_completed_lesson_shows_the_stages_that_failed(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    for _ in range(2):
        await env.run(recordings.complete, lesson, LessonReport(mistakes=3, degraded=(NO_CLIPS,)))
        assert await stages_shown(sessions, lesson) == {"clip": ("failed", 0)}
        state = await state_of(sessions, lesson)
        assert (state.status, [one["code"] for one in state.degraded]) == ("completed", ["clip_failed"])
    assert (await recording_of(sessions, lesson)).status == "completed"


async def test_a_lesson_with_nothing_in_it_skips_what_it_did_not_begin(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.settle, lesson)
    for _ in range(2):
        await env.run(recordings.complete, lesson, LessonReport(nothing=Nothing.NOT_RECORDED))
    skipped = ("fetch", "transcribe", "extract", "clip", "index")
    assert await stages_shown(sessions, lesson) == {"capture": ("done", 1), **dict.fromkeys(skipped, ("skipped", 0))}
    assert (await state_of(sessions, lesson)).nothing == "not_recorded"


async def test_a_lesson_is_not_completed_without_a_recording_that_arrived_meanwhile(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await arrived(sessions, lesson, RecordedFile(RECORDING, 9))
    await env.run(recordings.settle, lesson)
    await arrived(sessions, lesson, RecordedFile("lessons/1/late.mp4", 9))
    for _ in range(2):
        assert await env.run(recordings.complete, lesson, LessonReport())
    assert (await state_of(sessions, lesson)).status == "processing"
    await env.run(recordings.settle, lesson)
    assert not await env.run(recordings.complete, lesson, LessonReport())
    assert (await state_of(sessions, lesson)).status == "completed"


async def test_a_lesson_that_was_deleted_meanwhile_is_shown_nowhere_and_nobody_fails_over_it(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM public.bookings"))
    await env.run(recordings.mark_failed, lesson, NOT_MEDIA)
    await env.run(recordings.mark_degraded, lesson, NOT_MEDIA)
    await env.run(recordings.mark_cancelled, lesson)
    assert await env.run(recordings.complete, lesson, LessonReport(degraded=(NOT_MEDIA,))) is False


async def test_a_failed_lesson_tells_its_stage_code_and_sentence(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    for _ in range(2):
        await env.run(recordings.mark_failed, lesson, NOT_MEDIA)
    state = await state_of(sessions, lesson)
    assert (state.status, state.stage, state.error_code) == ("failed", "fetch", "not_media")
    assert await stages_shown(sessions, lesson) == {"fetch": ("failed", 0)}
    assert (await recording_of(sessions, lesson)).status == "failed"


async def test_a_failed_lesson_that_is_fetched_again_is_on_its_way_again(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    await env.run(recordings.mark_failed, lesson, NOT_MEDIA)
    await env.run(recordings.fetch, lesson)
    state = await state_of(sessions, lesson)
    assert (state.status, state.error_code) == ("processing", None)


async def test_what_could_not_be_done_after_completion_is_told_once(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    refused = Failure(Stage.NOTIFY, "mail_refused", "The mail server refused a message.")
    await env.run(recordings.complete, lesson, LessonReport())
    for _ in range(2):
        await env.run(recordings.mark_degraded, lesson, refused)
    state = await state_of(sessions, lesson)
    assert (state.status, [one["code"] for one in state.degraded]) == ("completed", ["mail_refused"])
    assert await stages_shown(sessions, lesson) == {"notify": ("failed", 0)}


async def test_a_cancelled_lesson_keeps_what_was_made_of_it(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part())
    await spoken(sessions, lesson, Transcript(()))
    made = Highlight(3.0, 9.0, 0.5, "A moment", "A moment worth a clip.")
    async with sessions.begin() as session:
        await keep_clip(session, lesson, made, "lessons/1/clips/1.mp4")
        await keep_roadmap(session, lesson, "Next", [Node("1", "Articles", "active")])
        await begin_stage(session, lesson.lesson_id, Stage.CLIP)
    kept = ("marketing_clips", "learning_roadmaps", "recording_parts")
    before = {table: rows for table, rows in (await all_rows(sessions)).items() if table.endswith(kept)}
    await env.run(recordings.mark_cancelled, lesson)
    assert {table: rows for table, rows in (await all_rows(sessions)).items() if table.endswith(kept)} == before
    assert len(before) == len(kept)
    assert (await recording_of(sessions, lesson)).transcript_json is not None
    assert (await state_of(sessions, lesson)).stage == "clip"


async def test_a_completed_lesson_that_is_cancelled_stays_completed_and_says_so(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.settle, lesson)
    assert not await env.run(recordings.mark_cancelled, lesson)
    await env.run(recordings.complete, lesson, LessonReport())
    assert await env.run(recordings.mark_cancelled, lesson)
    assert (await state_of(sessions, lesson)).status == "completed"


async def test_a_cancelled_lesson_leaves_no_stage_running(
    env: ActivityEnvironment, recordings: Recordings, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(recordings.settle, lesson)
    async with sessions.begin() as session:
        for stage in (Stage.EXTRACT, Stage.CLIP):
            await begin_stage(session, lesson.lesson_id, stage)
    for _ in range(2):
        await env.run(recordings.mark_cancelled, lesson)
    assert await stages_shown(sessions, lesson) == {
        "capture": ("done", 1),
        "extract": ("cancelled", 0),
        "clip": ("cancelled", 0),
    }
    assert (await state_of(sessions, lesson)).status == "cancelled"


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


async def test_of_one_file_per_person_the_students_own_tells_whether_she_speaks(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, scratch: Path, lesson: Lesson
) -> None:
    keys = {"lessons/1/room.mp4": None, "lessons/1/tutor.ogg": TUTOR_ALONE, "lessons/1/student.ogg": STUDENT_ALONE}
    for key in keys:
        lay(store, key, b"recording")
    await settled(sessions, lesson, *(part(n, key, student_channel=who) for n, (key, who) in enumerate(keys.items())))
    for loudness, speaks in ((SILENCE, False), (SPEECH, True)):
        heard = dict(zip(keys, (measured(SPEECH, SPEECH), measured(SPEECH), measured(loudness)), strict=True))
        fetched = await env.run(Recordings(sessions, store, ScriptedReader(heard), scratch).fetch, lesson)
        assert (fetched.someone_speaks, fetched.student_speaks) == (True, speaks)
