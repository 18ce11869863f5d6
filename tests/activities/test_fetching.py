"""Fetching a recording: one pass over it, and what is known of it afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.recordings import Recordings
from db.session import Sessions
from lessons.capture import STUDENT_ALONE, TUTOR_ALONE
from lessons.errors import LessonError, NotMedia, RecordingEmpty, RecordingMissing, RecordingTruncated
from lessons.loudness import SILENCE
from lessons.messages import Fetched, Lesson
from providers.disk import DiskFileStore
from tests.activities.scenes import (
    MEASURED,
    RECORDING,
    SPEECH,
    lay,
    left_in,
    measured,
    objects_in,
    part,
    parts,
    recording_of,
    settled,
    stages_shown,
    state_of,
)
from tests.activities.scripted import ScriptedReader
from tests.rows import all_rows


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
