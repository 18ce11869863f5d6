"""No step works on what was said where somebody does not agree to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.ledger import Ledgers
from activities.recordings import Recordings
from activities.speech import Speech
from db.lessons import lesson_of, mark_completed
from db.parts import keep_measured
from db.session import Sessions
from db.stages import begin_stage
from lessons.drills import as_fix
from lessons.errors import ConsentWithdrawn
from lessons.highlights import Highlight
from lessons.messages import Lesson, LessonReport, Moment, Nothing, Stage
from lessons.ports import Measured
from lessons.transcript import Speaker, in_order
from providers.disk import DiskFileStore
from tests.activities.scenes import RECORDING, held, lay, objects_in, part, settled, spoken, stages_shown
from tests.activities.scripted import (
    ScriptedAnalyst,
    ScriptedCutter,
    ScriptedEmbedder,
    ScriptedReader,
    ScriptedTranscriber,
    said,
)
from tests.rows import all_rows

TALK = in_order([said(Speaker.TUTOR, 1.0, "What did you do?"), said(Speaker.STUDENT, 4.0, "I go home.")])
BEST = Highlight(1.0, 20.0, 0.8, "Best", "best")
SPEECH = Measured(60.0, 60.0, 9, 1, 1, 2, (-20.0, -20.0), audio_sha256="sha")
STEPS = ["order", "transcribe", "extract", "find_moments", "cut_clip", "index"]
EITHER = [(True, False), (False, True), (False, False)]
Step = Callable[[Lesson], Awaitable[Any]]


class Nobody:
    """Whoever may not be asked for anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


@dataclass(frozen=True)
class Crew:
    """Everybody who works on a lesson."""

    recordings: Recordings
    speech: Speech
    insights: Insights
    clips: Clips
    knowledge: Knowledge

    def alone(self) -> "Crew":
        """The same with nobody to ask."""
        nobody: Any = Nobody()
        return Crew(
            self.recordings,
            replace(self.speech, transcriber=nobody, calling_back=nobody),
            replace(self.insights, analyst=nobody),
            replace(self.clips, cutter=nobody),
            replace(self.knowledge, embedder=nobody),
        )

    async def work(self, env: ActivityEnvironment, step: str, lesson: Lesson) -> None:
        if step == "cut_clip":
            await env.run(self.clips.cut_clip, lesson, Moment(1, 1.0, 20.0, 0.8), 1)
        else:
            await env.run(self.steps()[step], lesson)

    def steps(self) -> dict[str, Step]:
        return {
            "order": self.speech.order,
            "transcribe": self.speech.transcribe,
            "extract": self.insights.extract,
            "find_moments": self.insights.find_moments,
            "index": self.knowledge.index,
        }


@pytest.fixture
async def crew(sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, scratch: Path, lesson: Lesson) -> Crew:
    """The lesson has a recording of one file, and has been transcribed."""
    lay(store, RECORDING, b"recording")
    await settled(sessions, lesson, part())
    async with sessions.begin() as session:
        await keep_measured(session, lesson.lesson_id, 0, SPEECH, "audio-0.m4a")
    await spoken(sessions, lesson, TALK)
    return Crew(
        Recordings(sessions, store, ScriptedReader({RECORDING: SPEECH}), scratch),
        Speech(sessions, store, ScriptedTranscriber(TALK), ledgers),
        Insights(sessions, store, ScriptedAnalyst([], [BEST]), ledgers, as_fix),
        Clips(sessions, store, ScriptedCutter(), scratch),
        Knowledge(sessions, ScriptedEmbedder(), ledgers),
    )


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_asks_nobody_and_keeps_nothing_where_somebody_does_not_agree(
    step: str, env: ActivityEnvironment, crew: Crew, sessions: Sessions, store: DiskFileStore, lesson: Lesson
) -> None:
    await held(sessions, lesson, tutor=True, student=True)
    await held(sessions, lesson, tutor=True, student=False)
    rows, objects = await made(sessions), objects_in(store)
    with pytest.raises(ConsentWithdrawn):
        await crew.alone().work(env, step, lesson)
    assert await made(sessions) == rows
    assert objects_in(store) == objects


async def made(sessions: Sessions) -> dict[str, list[Any]]:
    """All rows but those that tell how the lesson stands."""
    rows = await all_rows(sessions)
    return {table: rows[table] for table in rows.keys() - {"studio.lessons", "studio.lesson_stages"}}


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_works_on_a_lesson_of_our_classroom_where_both_agree(
    step: str, env: ActivityEnvironment, crew: Crew, sessions: Sessions, lesson: Lesson
) -> None:
    await held(sessions, lesson, tutor=True, student=True)
    await crew.work(env, step, lesson)


@pytest.mark.parametrize(("tutor", "student"), EITHER)
async def test_a_recording_is_measured_and_kept_though_no_computer_may_work_on_it(
    tutor: bool, student: bool, env: ActivityEnvironment, crew: Crew, sessions: Sessions, lesson: Lesson
) -> None:
    assert (await env.run(crew.recordings.fetch, lesson)).may_analyse
    await held(sessions, lesson, tutor, student)
    assert not (await env.run(crew.recordings.fetch, lesson)).may_analyse
    assert (await stages_shown(sessions, lesson))["fetch"] == ("done", 1)


async def test_a_lesson_that_ended_is_begun_anew_only_as_far_as_both_agree(
    env: ActivityEnvironment, crew: Crew, sessions: Sessions, lesson: Lesson
) -> None:
    await held(sessions, lesson, tutor=False, student=True)
    async with sessions.begin() as session:
        await mark_completed(session, lesson, LessonReport())
    with pytest.raises(ConsentWithdrawn):
        await env.run(crew.knowledge.index, lesson)


async def test_a_lesson_without_consent_ends_completed_with_no_stage_left_running(
    env: ActivityEnvironment, crew: Crew, sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        await begin_stage(session, lesson.lesson_id, Stage.TRANSCRIBE)
    assert not await env.run(crew.recordings.complete, lesson, LessonReport(nothing=Nothing.NO_AI_CONSENT))
    async with sessions() as session:
        state = await lesson_of(session, lesson.lesson_id)
    assert state is not None
    assert (state.status, state.nothing, state.error_code) == ("completed", "no_ai_consent", None)
    assert set((await stages_shown(sessions, lesson)).values()) == {("skipped", 0)}
