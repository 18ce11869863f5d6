"""What a lesson teaches, stored in one go, and the moments that are worth a clip."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.insights import Insights
from activities.ledger import Ledgers
from db.clips import clips_of, keep_clip
from db.drills import drills_of
from db.mistakes import mistakes_of
from db.recordings import summary_of
from db.roadmaps import nodes_of
from db.session import Sessions
from lessons.drills import as_fix, as_gap_fill, drills_from
from lessons.errors import Unavailable
from lessons.highlights import Highlight
from lessons.languages import LanguagePair
from lessons.messages import Extracted, Lesson, Moment, Moments
from lessons.mistakes import Evidence, Mistake, MistakeType
from lessons.transcript import Speaker, in_order
from providers.disk import DiskFileStore
from tests.activities.scenes import lay, objects_in, part, settled, spoken, stages_shown
from tests.activities.scripted import ScriptedAnalyst, said
from tests.rows import all_rows

TALK = in_order([said(Speaker.STUDENT, 1.0, "Yesterday I go home."), said(Speaker.TUTOR, 2000.0, "You went home!")])
WENT = Mistake(
    said="go",
    better="went",
    start=1.5,
    end=1.7,
    type=MistakeType.TENSE,
    evidence=Evidence.RECAST,
    confidence=0.9,
    needs_review=False,
    explanation="Yesterday is over: past tense.",
    sentence="Yesterday I go home.",
    corrected="Yesterday I went home.",
)
BOUGHT = replace(
    WENT,
    said="buyed",
    better="bought",
    start=9.0,
    end=9.4,
    type=MistakeType.FORM,
    sentence="She buyed a red car in town.",
    corrected="She bought a red car in town.",
)
DOUBTFUL = replace(BOUGHT, start=12.0, needs_review=True, confidence=0.3, type=MistakeType.ARTICLE)
BEST, GOOD = Highlight(1.0, 20.0, 0.8, "Best", "best"), Highlight(30.0, 50.0, 0.6, "Good", "good")


class UnavailableAnalyst(ScriptedAnalyst):
    """Finds mistakes, and cannot be reached for anything else."""

    async def summary(self, *_: object) -> Any:
        raise Unavailable


@pytest.fixture
def analyst() -> ScriptedAnalyst:
    return ScriptedAnalyst([WENT, BOUGHT], [BEST, GOOD])


@pytest.fixture
def insights(sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, analyst: ScriptedAnalyst) -> Insights:
    return Insights(sessions, store, analyst, ledgers, as_fix)


@pytest.fixture
async def transcribed(sessions: Sessions, lesson: Lesson) -> Lesson:
    await settled(sessions, lesson, part())
    await spoken(sessions, lesson, TALK)
    return lesson


def written(content: object) -> str:
    return json.dumps(content, sort_keys=True)


async def contents_of(sessions: Sessions, lesson: Lesson) -> list[Any]:
    async with sessions() as session:
        return [row.content for row in await drills_of(session, lesson.lesson_id)]


async def approved(sessions: Sessions, table: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(f"UPDATE public.{table} SET tutor_approved = true"))


async def test_mistakes_drills_summary_and_roadmap_are_stored(
    env: ActivityEnvironment, insights: Insights, sessions: Sessions, transcribed: Lesson
) -> None:
    expected = [drill.content for drill in drills_from([WENT, BOUGHT])]
    assert await env.run(insights.extract, transcribed) == Extracted(2, len(expected), 2)
    async with sessions() as session:
        assert [row.said for row in await mistakes_of(session, transcribed.lesson_id)] == ["go", "buyed"]
        plain, markdown, points = await summary_of(session, transcribed.lesson_id)
        nodes = await nodes_of(session, transcribed.student_id)
    assert sorted(await contents_of(sessions, transcribed), key=written) == sorted(expected, key=written)
    assert expected != []
    assert (plain, points) == ("7 words", ["went", "bought"])
    assert plain in markdown
    assert [node.status for node in nodes] == ["active", "active"]
    assert await stages_shown(sessions, transcribed) == {"extract": ("done", 1)}


async def test_extracting_twice_leaves_the_same_rows(
    env: ActivityEnvironment, insights: Insights, sessions: Sessions, transcribed: Lesson
) -> None:
    first = await env.run(insights.extract, transcribed)
    before = await all_rows(sessions)
    assert await env.run(insights.extract, transcribed) == first
    assert await all_rows(sessions) == before


async def test_without_mistakes_nothing_is_invented(
    env: ActivityEnvironment,
    insights: Insights,
    analyst: ScriptedAnalyst,
    sessions: Sessions,
    transcribed: Lesson,
) -> None:
    analyst.made = []
    assert await env.run(insights.extract, transcribed) == Extracted(0, 0, 0)
    assert await contents_of(sessions, transcribed) == []
    assert (await all_rows(sessions))["public.learning_roadmaps"] == []


async def test_from_what_needs_review_no_drill_is_made(
    env: ActivityEnvironment,
    insights: Insights,
    analyst: ScriptedAnalyst,
    sessions: Sessions,
    transcribed: Lesson,
) -> None:
    analyst.made = [DOUBTFUL]
    assert await env.run(insights.extract, transcribed) == Extracted(1, 0, 0)
    async with sessions() as session:
        assert [row.needs_review for row in await mistakes_of(session, transcribed.lesson_id)] == [True]


async def test_what_the_tutor_approved_stays_when_the_lesson_is_read_anew(
    env: ActivityEnvironment,
    insights: Insights,
    analyst: ScriptedAnalyst,
    sessions: Sessions,
    transcribed: Lesson,
) -> None:
    await env.run(insights.extract, transcribed)
    await approved(sessions, "lesson_drills")
    before = await contents_of(sessions, transcribed)
    analyst.made = []
    await env.run(insights.extract, transcribed)
    assert await contents_of(sessions, transcribed) == before
    async with sessions() as session:
        assert await mistakes_of(session, transcribed.lesson_id) == []


async def test_the_players_get_the_rendering_that_was_wired(
    env: ActivityEnvironment,
    store: DiskFileStore,
    ledgers: Ledgers,
    analyst: ScriptedAnalyst,
    sessions: Sessions,
    transcribed: Lesson,
) -> None:
    await env.run(Insights(sessions, store, analyst, ledgers, as_gap_fill).extract, transcribed)
    types = {content["type"] for content in await contents_of(sessions, transcribed)}
    assert "gap-fill" in types
    assert "fix" not in types


async def test_an_analyst_who_goes_away_half_way_leaves_nothing_half_made(
    env: ActivityEnvironment, store: DiskFileStore, ledgers: Ledgers, sessions: Sessions, transcribed: Lesson
) -> None:
    with pytest.raises(Unavailable):
        await env.run(Insights(sessions, store, UnavailableAnalyst([WENT]), ledgers, as_fix).extract, transcribed)
    rows = await all_rows(sessions)
    assert (rows["studio.lesson_mistakes"], rows["public.lesson_drills"]) == ([], [])
    assert await stages_shown(sessions, transcribed) == {"extract": ("running", 0)}


async def test_the_analyst_is_told_the_languages_of_the_lesson(
    env: ActivityEnvironment, insights: Insights, analyst: ScriptedAnalyst, transcribed: Lesson
) -> None:
    await env.run(insights.extract, transcribed)
    assert analyst.languages == [LanguagePair("en", "es")]


async def test_the_best_moments_are_chosen_to_be_cut(
    env: ActivityEnvironment, insights: Insights, sessions: Sessions, transcribed: Lesson
) -> None:
    chosen = Moments((Moment(1, 1.0, 20.0, 0.8), Moment(2, 30.0, 50.0, 0.6)))
    assert await env.run(insights.choose_moments, transcribed) == chosen
    assert await env.run(insights.find_moments, transcribed) == list(chosen.moments)
    assert await stages_shown(sessions, transcribed) == {"clip": ("running", 0)}
    assert (await all_rows(sessions))["public.marketing_clips"] == []


async def test_a_lesson_without_a_file_has_spans_instead_of_clips(
    env: ActivityEnvironment, insights: Insights, sessions: Sessions, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part(key="", transcript_key="imports/1/t.json"))
    await spoken(sessions, lesson, TALK)
    for _ in range(2):
        assert await env.run(insights.choose_moments, lesson) == Moments()
        async with sessions() as session:
            rows = await clips_of(session, lesson.lesson_id)
        assert [(row.start_time, row.end_time, row.storage_path) for row in rows] == [(1.0, 20.0, ""), (30.0, 50.0, "")]
        assert await stages_shown(sessions, lesson) == {"clip": ("done", 1)}


async def test_only_what_a_file_holds_is_cut_and_what_two_parts_share_is_left_out(
    env: ActivityEnvironment, store: DiskFileStore, ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    across = Highlight(55.0, 75.0, 0.9, "Across", "across")
    later = Highlight(70.0, 90.0, 0.5, "Later", "later")
    await settled(sessions, lesson, part(), part(1, "", offset=60.0, transcript_key="imports/1/t.json"))
    await spoken(sessions, lesson, TALK)
    insights = Insights(sessions, store, ScriptedAnalyst([], [across, BEST, later]), ledgers, as_fix)
    assert await env.run(insights.choose_moments, lesson) == Moments((Moment(1, 1.0, 20.0, 0.8),))
    async with sessions() as session:
        assert [(row.title, row.storage_path) for row in await clips_of(session, lesson.lesson_id)] == [("Later", "")]


async def test_what_was_not_searched_for_moments_is_told(
    env: ActivityEnvironment, insights: Insights, analyst: ScriptedAnalyst, transcribed: Lesson
) -> None:
    analyst.flaws = ["truncated", "refused", "truncated"]
    assert (await env.run(insights.choose_moments, transcribed)).flaws == ("refused", "truncated")


async def test_a_lesson_without_a_moment_has_no_clips_and_a_stage_that_is_done(
    env: ActivityEnvironment,
    insights: Insights,
    analyst: ScriptedAnalyst,
    sessions: Sessions,
    transcribed: Lesson,
) -> None:
    analyst.best = []
    assert await env.run(insights.choose_moments, transcribed) == Moments()
    assert await stages_shown(sessions, transcribed) == {"clip": ("done", 1)}


@pytest.mark.parametrize("is_approved", [False, True])
async def test_a_moment_that_is_not_chosen_again_goes_with_its_file_unless_it_is_approved(
    env: ActivityEnvironment,
    insights: Insights,
    sessions: Sessions,
    store: DiskFileStore,
    transcribed: Lesson,
    is_approved: bool,
) -> None:
    old = Highlight(60.0, 80.0, 0.4, "Old", "old")
    lay(store, "lessons/1/clips/old.mp4", b"film")
    async with sessions.begin() as session:
        await keep_clip(session, transcribed, old, "lessons/1/clips/old.mp4")
    if is_approved:
        await approved(sessions, "marketing_clips")
    await env.run(insights.choose_moments, transcribed)
    async with sessions() as session:
        left = [row.title for row in await clips_of(session, transcribed.lesson_id)]
    assert (left, list(objects_in(store))) == ((["Old"], ["lessons/1/clips/old.mp4"]) if is_approved else ([], []))
