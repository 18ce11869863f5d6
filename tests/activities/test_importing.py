"""An import stands in for what was refused of a recording, and corrects how it is heard."""

from dataclasses import replace

import pytest
from temporalio.testing import ActivityEnvironment

from activities.recordings import ASKED, Recordings
from db.session import Sessions
from lessons.capture import RecordedFile
from lessons.errors import (
    LessonError,
    NoAudio,
    NotMedia,
    RecordingEmpty,
    RecordingMissing,
    RecordingTruncated,
    RoomUnavailable,
)
from lessons.messages import Fetched, Lesson, LessonReport, Settled
from providers.disk import DiskFileStore
from tests.activities.classrooms import in_classroom
from tests.activities.scenes import (
    MEASURED,
    NOW,
    RECORDING,
    arrived,
    imported,
    lay,
    parts,
    recording_of,
)
from tests.activities.scripted import ScriptedReader


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
