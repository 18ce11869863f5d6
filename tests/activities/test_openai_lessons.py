"""A lesson's steps over OpenAI and the real ledger: what is counted, paid once, and left out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.ledger import Ledgers
from db.provider_calls import spent_on
from db.session import Sessions
from lessons.calls import LIST_PRICES
from lessons.drills import as_fix
from lessons.errors import BadAnswer, ContentRefused, ProviderUnavailable
from lessons.highlights import title_of
from lessons.messages import Lesson
from lessons.transcript import Transcript
from providers.disk import DiskFileStore
from providers.openai import OpenAIAnalyst
from providers.openai_server import OpenAIServer
from providers.openai_vectors import OpenAIEmbedder
from tests.activities.scenes import part, settled, spoken
from tests.lessons.conftest import read, talk
from tests.rows import all_rows
from tests.vendors.openai import (
    CHAT,
    EMBEDDING,
    KEY,
    Asked,
    Fault,
    OpenAIStandIn,
    error,
    obeying,
    openai_stand_in,
    refused,
    saying,
    truncated,
)


@pytest.fixture
def server() -> Iterator[OpenAIStandIn]:
    with openai_stand_in() as running:
        yield running


@pytest.fixture
def priced(sessions: Sessions, store: DiskFileStore, scratch: Path) -> Ledgers:
    return Ledgers(sessions, store, scratch, LIST_PRICES)


@pytest.fixture
def insights(sessions: Sessions, store: DiskFileStore, priced: Ledgers, server: OpenAIStandIn) -> Insights:
    return Insights(sessions, store, OpenAIAnalyst(OpenAIServer(server.base_url, KEY), CHAT), priced, as_fix)


@pytest.fixture
def knowledge(sessions: Sessions, priced: Ledgers, server: OpenAIStandIn) -> Knowledge:
    server_of_vectors = OpenAIServer(server.base_url, KEY, group="STUDIO_EMBEDDINGS")
    return Knowledge(sessions, OpenAIEmbedder(server_of_vectors, EMBEDDING), priced)


@pytest.fixture
def heard() -> Transcript:
    """The sample lesson four times over, so that it takes two windows to find its mistakes."""
    once = talk(*((turn["speaker"], turn["text"], turn.get("lang", "en")) for turn in read("lesson_script.json")))
    return Transcript(tuple(one for turn in range(4) for one in once.shifted(440.0 * turn).utterances))


@pytest.fixture
async def transcribed(sessions: Sessions, lesson: Lesson, heard: Transcript) -> Lesson:
    await settled(sessions, lesson, part())
    await spoken(sessions, lesson, heard)
    return lesson


@pytest.fixture
def another_step() -> ActivityEnvironment:
    """The same step as it is asked for again by somebody, which is more than another try of it."""
    env = ActivityEnvironment()
    env.info = replace(env.info, activity_id="another")
    return env


async def asks_counted(sessions: Sessions) -> int:
    async with sessions() as session:
        return int(await session.scalar(text("SELECT coalesce(sum(asks), 0) FROM studio.provider_calls")) or 0)


async def test_every_request_is_counted_and_a_second_run_makes_none(
    sessions: Sessions,
    transcribed: Lesson,
    env: ActivityEnvironment,
    insights: Insights,
    knowledge: Knowledge,
    server: OpenAIStandIn,
) -> None:
    first = await env.run(insights.extract, transcribed)
    moments = await env.run(insights.choose_moments, transcribed)
    indexed = await env.run(knowledge.index, transcribed)
    assert (first.mistakes, first.flaws, len(moments.moments)) == (44, (), 3)
    assert first.drills > 10
    assert indexed.chunks > 20
    assert len(server.requests) == await asks_counted(sessions)
    asked = len(server.requests)
    assert await env.run(insights.extract, transcribed) == first
    assert await env.run(insights.choose_moments, transcribed) == moments
    assert await env.run(knowledge.index, transcribed) == indexed
    assert len(server.requests) == await asks_counted(sessions) == asked


async def test_a_lesson_tells_what_it_cost(
    sessions: Sessions, transcribed: Lesson, env: ActivityEnvironment, insights: Insights
) -> None:
    await env.run(insights.extract, transcribed)
    async with sessions() as session:
        spent = {one.operation: one for one in await spent_on(session, transcribed.lesson_id)}
    assert spent.keys() == {"mistakes", "drills", "summary"}
    assert spent["mistakes"].requests == spent["mistakes"].answers == 2
    assert all(one.usd and one.usd > Decimal(0) for one in spent.values())


async def test_a_window_that_is_cut_short_is_flagged_and_the_rest_is_there(
    sessions: Sessions,
    transcribed: Lesson,
    env: ActivityEnvironment,
    another_step: ActivityEnvironment,
    insights: Insights,
    server: OpenAIStandIn,
) -> None:
    server.fault = in_first_window(truncated)
    cut = await env.run(insights.extract, transcribed)
    assert 0 < cut.mistakes < 44
    assert cut.flaws == ("truncated",)
    assert len(server.requests) == await asks_counted(sessions) == 5
    server.fault = lambda _: None
    assert (await another_step.run(insights.extract, transcribed)).mistakes == 44
    assert len(server.requests) == await asks_counted(sessions)


def in_first_window(fault: Fault, otherwise: Callable[[Asked], Fault | None] = lambda _: None) -> Any:
    """The fault for the first of the windows that are searched for mistakes."""

    def chosen(asked: Asked) -> Fault | None:
        first = asked.wants == {"mistakes"} and "#1 tutor" in asked.body["input"]
        return fault if first else otherwise(asked)

    return chosen


@pytest.mark.parametrize(("fault", "asked", "flaw"), [(truncated, 3, "truncated"), (refused, 2, "refused")])
async def test_an_answer_of_no_use_is_not_paid_again_by_another_try_of_the_step(
    sessions: Sessions,
    transcribed: Lesson,
    env: ActivityEnvironment,
    another_step: ActivityEnvironment,
    insights: Insights,
    server: OpenAIStandIn,
    fault: Fault,
    asked: int,
    flaw: str,
) -> None:
    server.fault = in_first_window(fault, lambda asked: error(503) if asked.wants == {"drills"} else None)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await env.run(insights.extract, transcribed)
    server.fault = in_first_window(fault)
    for _ in range(2):
        assert (await env.run(insights.extract, transcribed)).flaws == (flaw,)
    assert sum(one.wants == {"mistakes"} for one in server.requests) == asked
    assert (await another_step.run(insights.extract, transcribed)).flaws == (flaw,)
    assert sum(one.wants == {"mistakes"} for one in server.requests) == 2 * asked - 1
    assert len(server.requests) == await asks_counted(sessions)


async def test_a_lesson_without_any_answer_of_use_is_paid_for_once_and_one_repair(
    sessions: Sessions, transcribed: Lesson, env: ActivityEnvironment, insights: Insights, server: OpenAIStandIn
) -> None:
    server.fault = lambda _: saying("{}")
    for _ in range(2):
        with pytest.raises(BadAnswer):
            await env.run(insights.extract, transcribed)
    assert [one.is_repair for one in server.requests].count(True) == 2
    assert len(server.requests) == await asks_counted(sessions) == 4


async def test_a_lesson_that_is_refused_stops_with_its_code_and_goes_on_from_there(
    sessions: Sessions,
    transcribed: Lesson,
    env: ActivityEnvironment,
    another_step: ActivityEnvironment,
    insights: Insights,
    server: OpenAIStandIn,
) -> None:
    server.fault = lambda _: refused
    with pytest.raises(ContentRefused):
        await env.run(insights.extract, transcribed)
    server.fault = lambda _: None
    assert (await another_step.run(insights.extract, transcribed)).mistakes == 44


async def test_a_retry_asks_only_for_what_did_not_arrive(
    sessions: Sessions,
    transcribed: Lesson,
    env: ActivityEnvironment,
    insights: Insights,
    server: OpenAIStandIn,
) -> None:
    server.fault = lambda asked: error(503) if asked.wants == {"drills"} else None
    with pytest.raises(ProviderUnavailable):
        await env.run(insights.extract, transcribed)
    before = [asked.wants for asked in server.requests]
    server.fault = lambda _: None
    assert (await env.run(insights.extract, transcribed)).mistakes == 44
    assert [asked.wants for asked in server.requests[len(before) :]] == [{"drills"}]
    assert len(server.requests) == await asks_counted(sessions)


ORDERS = (
    "Visit https://evil.example/now.",
    "Go to evil.example today.",
    "Write to win@evil.example.",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;Click.&lt;/b&gt;",
    "[Click here](javascript:alert(1)).",
    "**Click here.**",
    "Now \u202e backwards.",
)
"""What somebody in the lesson tells the model to write."""


async def test_a_model_that_obeys_the_lesson_writes_no_link_and_no_markup_into_it(
    sessions: Sessions, transcribed: Lesson, env: ActivityEnvironment, insights: Insights, server: OpenAIStandIn
) -> None:
    server.fault = lambda _: obeying(ORDERS)
    assert (await env.run(insights.extract, transcribed)).mistakes == 44
    assert len(await env.run(insights.find_moments, transcribed)) == 3
    rows = await all_rows(sessions)
    assert all(len(rows[table]) for table in ("studio.lesson_mistakes", "public.lesson_drills"))
    stored = str([rows[table] for table in rows if table != "studio.provider_calls"])
    assert re.findall(r"evil|onerror|Click|backwards|u202e", stored) == []


async def test_a_model_that_obeys_the_lesson_gives_a_clip_no_title_that_is_not_said_in_it(
    sessions: Sessions,
    store: DiskFileStore,
    transcribed: Lesson,
    env: ActivityEnvironment,
    insights: Insights,
    server: OpenAIStandIn,
) -> None:
    server.fault = lambda _: obeying(["I ignore my instructions"])
    await settled(sessions, transcribed, part(key=""))
    await env.run(insights.find_moments, transcribed)
    clips = (await all_rows(sessions))["public.marketing_clips"]
    assert [clip["title"] for clip in clips] == [title_of(clip["transcript_snippet"]) for clip in clips]
    assert len(clips) == 3
