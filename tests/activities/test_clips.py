"""Cutting a clip: one file and one row for each moment, whatever happens to the others."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.clips import Clips
from db.clips import clips_of
from db.models import MarketingClip
from db.parts import keep_measured
from db.session import Sessions
from lessons.capture import Part
from lessons.errors import ClipFailed, StorageUnavailable
from lessons.highlights import captions_of, title_of
from lessons.messages import Lesson, Moment
from lessons.ports import Measured
from lessons.transcript import Speaker, in_order
from providers.disk import DiskFileStore
from tests.activities.scenes import RECORDING, left_in, objects_in, part, settled, spoken, stages_shown
from tests.activities.scripted import ScriptedCutter, key_in, said
from tests.rows import all_rows

TALK = in_order(
    [
        said(Speaker.TUTOR, 10.0, "Where were you on Friday?"),
        said(Speaker.STUDENT, 12.0, "I went to the sea with my sister and her three very small dogs."),
        said(Speaker.TUTOR, 100.0, "And what did they do there?"),
        said(Speaker.STUDENT, 102.0, "They swam."),
    ]
)
FIRST, SECOND = Moment(1, 9.5, 30.0, 0.8), Moment(2, 99.5, 115.0, 0.6)
SECOND_FILE = "lessons/1/second.mp4"


@pytest.fixture
def cutter() -> ScriptedCutter:
    return ScriptedCutter()


@pytest.fixture
async def clips(
    sessions: Sessions, store: DiskFileStore, cutter: ScriptedCutter, scratch: Path, lesson: Lesson
) -> Clips:
    """The lesson has two parts, of which the second one begins after 90 s, and has been transcribed."""
    await measured(sessions, lesson, part(), part(1, SECOND_FILE, offset=90.0))
    await spoken(sessions, lesson, TALK)
    return Clips(sessions, store, cutter, scratch)


async def measured(sessions: Sessions, lesson: Lesson, *parts: Part) -> None:
    await settled(sessions, lesson, *parts)
    async with sessions.begin() as session:
        for one in parts:
            found = Measured(60.0, 60.0, 9, 1, 1 - one.number, 2, (-20.0, -20.0))
            await keep_measured(session, lesson.lesson_id, one.number, found, f"audio-{one.number}.m4a")


async def rows_of(sessions: Sessions, lesson: Lesson) -> list[MarketingClip]:
    async with sessions() as session:
        return list(await clips_of(session, lesson.lesson_id))


async def test_a_clip_is_stored_with_exactly_the_words_of_its_span(
    env: ActivityEnvironment, clips: Clips, sessions: Sessions, store: DiskFileStore, lesson: Lesson
) -> None:
    await env.run(clips.cut_clip, lesson, FIRST, 1)
    (row,) = await rows_of(sessions, lesson)
    assert (row.start_time, row.end_time, row.viral_score) == (FIRST.start, FIRST.end, FIRST.viral_score)
    assert row.transcript_snippet == f"{TALK.utterances[0].text} {TALK.utterances[1].text}"
    assert row.title == title_of(row.transcript_snippet)
    assert objects_in(store) == {row.storage_path: f"9.5 to 30.0 of {RECORDING}"}


async def test_the_cutter_gets_seconds_of_the_file_and_of_the_clip(
    env: ActivityEnvironment, clips: Clips, cutter: ScriptedCutter, lesson: Lesson
) -> None:
    await env.run(clips.cut_clip, lesson, FIRST, 2)
    await env.run(clips.cut_clip, lesson, SECOND, 2)
    first, second = cutter.made
    assert (key_in(first.url), first.start, first.end, first.has_picture) == (RECORDING, 9.5, 30.0, True)
    assert (key_in(second.url), second.start, second.end, second.has_picture) == (SECOND_FILE, 9.5, 25.0, False)
    assert second.captions == captions_of(TALK, SECOND.start, SECOND.end)
    assert second.captions[0].start == 0.5


async def test_a_clip_cut_twice_is_there_once(
    env: ActivityEnvironment, clips: Clips, sessions: Sessions, store: DiskFileStore, scratch: Path, lesson: Lesson
) -> None:
    await env.run(clips.cut_clip, lesson, FIRST, 1)
    before = await all_rows(sessions), objects_in(store)
    await env.run(clips.cut_clip, lesson, FIRST, 1)
    assert (await all_rows(sessions), objects_in(store)) == before
    assert left_in(scratch) == []


async def test_the_stage_is_as_far_as_its_clips(
    env: ActivityEnvironment, clips: Clips, cutter: ScriptedCutter, sessions: Sessions, lesson: Lesson
) -> None:
    await env.run(clips.cut_clip, lesson, FIRST, 2)
    assert await stages_shown(sessions, lesson) == {"clip": ("running", 0.5)}
    cutter.failing = {9.5: ClipFailed()}
    with pytest.raises(ClipFailed):
        await env.run(clips.cut_clip, lesson, SECOND, 2)
    assert await stages_shown(sessions, lesson) == {"clip": ("running", 0.75)}
    cutter.failing = {}
    await env.run(clips.cut_clip, lesson, SECOND, 2)
    assert await stages_shown(sessions, lesson) == {"clip": ("done", 1)}


async def test_clips_that_are_ready_at_the_same_moment_end_the_stage(
    clips: Clips, sessions: Sessions, lesson: Lesson
) -> None:
    moments = [Moment(number, 10.0 + number, 26.0 + number, 0.5) for number in range(1, 9)]
    await asyncio.gather(*(ActivityEnvironment().run(clips.cut_clip, lesson, one, len(moments)) for one in moments))
    assert await stages_shown(sessions, lesson) == {"clip": ("done", 1)}


@pytest.mark.parametrize("error", [ClipFailed(), StorageUnavailable()], ids=["for good", "for now"])
async def test_a_clip_that_fails_leaves_no_row_and_no_file(
    env: ActivityEnvironment,
    clips: Clips,
    cutter: ScriptedCutter,
    sessions: Sessions,
    store: DiskFileStore,
    scratch: Path,
    lesson: Lesson,
    error: ClipFailed | StorageUnavailable,
) -> None:
    cutter.failing = {FIRST.start: error}
    with pytest.raises(type(error)):
        await env.run(clips.cut_clip, lesson, FIRST, 1)
    assert await rows_of(sessions, lesson) == []
    assert objects_in(store) == {}
    assert left_in(scratch) == []


@pytest.mark.parametrize("moment", [replace(FIRST, end=95.0), replace(SECOND, end=200.0), Moment(1, 65.0, 80.0, 0.5)])
async def test_a_moment_that_no_part_holds_whole_is_no_clip(
    env: ActivityEnvironment, clips: Clips, cutter: ScriptedCutter, lesson: Lesson, moment: Moment
) -> None:
    with pytest.raises(ClipFailed):
        await env.run(clips.cut_clip, lesson, moment, 1)
    assert cutter.made == []
