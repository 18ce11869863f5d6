"""Pay once: what arrived whole is never asked for again, whatever happens to the worker or the database."""

import asyncio
import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from activities.ledger import HOLD, INLINE, Ledgers, patiently
from db.provider_calls import Spent, spent_on
from db.session import Sessions, open_engine, open_sessions
from lessons.calls import Call, Price, Reply, Usage
from lessons.errors import BadAnswer, ProviderUnavailable
from lessons.messages import Lesson
from providers.disk import DiskFileStore
from providers.s3 import S3FileStore
from studio.children import side_by_side
from studio.migrating import migrate
from studio.ports import any_port
from studio.postgres import postgres_server, url_of
from tests.activities.scenes import objects_in
from tests.conftest import CARELESS, PASSWORD, sqlalchemy_url, tell
from tests.rows import a_lesson, all_rows

CALL = Call("openai", "mistakes", "gpt-4o", "1", "hash of a window")
SMALL, LARGE = b'{"words": []}', b"x" * (INLINE + 1)


class Vendor:
    """Counts how often it is asked."""

    def __init__(self, body: bytes = SMALL) -> None:
        self.body, self.asked = body, 0

    async def __call__(self) -> Reply:
        self.asked += 1
        return Reply(self.body, Usage(input_tokens=1000, output_tokens=100), "req_1")


async def refuse() -> Reply:
    raise ProviderUnavailable


@pytest.mark.parametrize("body", [SMALL, LARGE, b""])
async def test_what_arrived_is_never_asked_for_again(ledgers: Ledgers, lesson: Lesson, body: bytes) -> None:
    vendor, ledger = Vendor(body), ledgers.of(lesson.lesson_id)
    assert [await ledger.once(CALL, vendor) for _ in range(3)] == [body] * 3
    assert vendor.asked == 1


async def test_two_lessons_with_the_same_question_share_one_answer(
    ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    vendor, other = Vendor(LARGE), await a_lesson(sessions)
    for one in (lesson, other):
        assert await ledgers.of(one.lesson_id).once(CALL, vendor) == LARGE
    assert vendor.asked == 1


async def test_large_answers_lie_in_storage_and_small_ones_in_postgres(
    ledgers: Ledgers, store: DiskFileStore, sessions: Sessions, lesson: Lesson
) -> None:
    ledger = ledgers.of(lesson.lesson_id)
    await ledger.once(CALL, Vendor(LARGE))
    await ledger.once(Call("openai", "summary", "gpt-4o", "1", "other"), Vendor(SMALL))
    assert list(objects_in(store)) == [f"lessons/{lesson.lesson_id}/answers/{CALL.key}.json"]
    rows = (await all_rows(sessions))["studio.provider_calls"]
    assert sorted((row["body"] is None, row["body_key"] is None) for row in rows) == [(False, True), (True, False)]


async def test_an_answer_that_storage_has_lost_is_asked_for_anew(
    ledgers: Ledgers, store: DiskFileStore, lesson: Lesson
) -> None:
    vendor, ledger = Vendor(LARGE), ledgers.of(lesson.lesson_id)
    await ledger.once(CALL, vendor)
    await store.delete(f"lessons/{lesson.lesson_id}/")
    assert await ledger.once(CALL, vendor) == LARGE
    assert vendor.asked == 2


async def test_a_call_that_failed_is_asked_again(ledgers: Ledgers, sessions: Sessions, lesson: Lesson) -> None:
    vendor, ledger = Vendor(), ledgers.of(lesson.lesson_id)
    with pytest.raises(ProviderUnavailable):
        await ledger.once(CALL, refuse)
    [row] = (await all_rows(sessions))["studio.provider_calls"]
    assert (row["state"], row["code"], row["failures"]) == ("failed", "provider_unavailable", 1)
    assert await ledger.once(CALL, vendor) == SMALL
    [row] = (await all_rows(sessions))["studio.provider_calls"]
    assert (row["state"], row["code"], row["asks"], row["answers"]) == ("answered", None, 2, 1)


async def test_an_answer_of_no_use_is_asked_for_anew_and_stays_paid(
    ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    priced = Ledgers(ledgers.sessions, ledgers.store, ledgers.scratch, {"openai/gpt-4o": Price(input=10, output=100)})
    vendor, ledger = Vendor(), priced.of(lesson.lesson_id)
    for _ in range(2):
        await ledger.once(CALL, vendor)
        await ledger.spoil(CALL, BadAnswer())
    assert vendor.asked == 2
    async with sessions() as session:
        [spent] = await spent_on(session, lesson.lesson_id)
    assert spent == Spent("openai", "mistakes", "gpt-4o", 2, 2, 0, 0, Decimal("0.04"))


async def test_a_cancellation_does_not_lose_an_answer_that_has_arrived(ledgers: Ledgers, lesson: Lesson) -> None:
    vendor, ledger = Vendor(LARGE), ledgers.of(lesson.lesson_id)
    arrived = asyncio.Event()

    async def answer() -> Reply:
        reply = await vendor()
        arrived.set()
        return reply

    asking = asyncio.create_task(ledger.once(CALL, answer))
    await arrived.wait()
    for _ in range(2):
        asking.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await ledger.once(CALL, vendor) == LARGE
    assert vendor.asked == 1


async def test_an_answer_waits_for_a_database_that_is_on_its_way_back(
    ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    vendor, ledger = Vendor(), ledgers.of(lesson.lesson_id)

    async def answer_while_the_database_goes() -> Reply:
        reply = await vendor()
        await run(sessions, "ALTER TABLE studio.provider_calls RENAME TO gone")
        return reply

    asking = asyncio.create_task(ledger.once(CALL, answer_while_the_database_goes))
    while not (vendor.asked or asking.done()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await run(sessions, "ALTER TABLE studio.gone RENAME TO provider_calls")
    assert await asking == SMALL
    assert await ledger.once(CALL, vendor) == SMALL
    assert vendor.asked == 1


async def test_an_answer_outlasts_a_postgres_that_is_restarted(open_folder: Path, ledgers: Ledgers) -> None:
    port, vendor = any_port(), Vendor()
    server = postgres_server(open_folder / "restarted", port, PASSWORD, CARELESS)
    engine = open_engine(sqlalchemy_url(url_of(port, PASSWORD, "postgres"), "postgres"))
    of_its_own = replace(ledgers, sessions=open_sessions(engine))
    async with AsyncExitStack() as running:
        await running.enter_async_context(side_by_side([server], open_folder / "logs", tell))
        await migrate(engine.url.render_as_string(hide_password=False))
        ledger = of_its_own.of((await a_lesson(of_its_own.sessions)).lesson_id)

        async def answer_while_postgres_stops() -> Reply:
            await running.aclose()
            return await vendor()

        asking = asyncio.create_task(ledger.once(CALL, answer_while_postgres_stops))
        while not (vendor.asked or asking.done()):
            await asyncio.sleep(0.01)
        async with side_by_side([server], open_folder / "logs", tell):
            assert await asking == SMALL
            assert await ledger.once(CALL, vendor) == SMALL
            await engine.dispose()
    assert vendor.asked == 1


async def test_what_is_away_is_tried_again_after_each_pause_and_then_given_up() -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        raise ProviderUnavailable

    with pytest.raises(ProviderUnavailable):
        await patiently(work, (0.01, 0.02, 0.03))
    assert tries == 4


async def test_an_answer_waits_for_a_connection_that_others_have_taken(
    ledgers: Ledgers, database_url: str, lesson: Lesson
) -> None:
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    vendor, ledger = Vendor(), replace(ledgers, sessions=open_sessions(engine)).of(lesson.lesson_id)
    answered = asyncio.Event()
    async with AsyncExitStack() as taken:

        async def answer_while_the_pool_is_taken() -> Reply:
            await taken.enter_async_context(engine.connect())
            answered.set()
            return await vendor()

        asking = asyncio.create_task(ledger.once(CALL, answer_while_the_pool_is_taken))
        await answered.wait()
        await asyncio.sleep(0.2)
        await taken.aclose()
        assert await asking == SMALL
    await engine.dispose()


async def test_a_large_answer_is_safe_before_storage_has_it(
    ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    vendor, ledger = Vendor(LARGE), ledgers.of(lesson.lesson_id)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = S3FileStore("recordings", f"http://127.0.0.1:{silent.getsockname()[1]}", "key", "secret")
        asking = asyncio.create_task(replace(ledgers, store=slow).of(lesson.lesson_id).once(CALL, vendor))
        while await ledger.recall(CALL) is None:
            await asyncio.sleep(0.02)
        assert not asking.done()
        asking.cancel()
        await asyncio.wait([asking])
    assert await ledger.once(CALL, vendor) == LARGE
    assert vendor.asked == 1


async def test_two_who_ask_the_same_at_once_ask_it_once(ledgers: Ledgers, sessions: Sessions, lesson: Lesson) -> None:
    vendor, other = Vendor(), await a_lesson(sessions)

    async def think() -> Reply:
        await asyncio.sleep(0.3)
        return await vendor()

    both = (ledgers.of(one.lesson_id).once(CALL, think) for one in (lesson, other))
    assert await asyncio.gather(*both) == [SMALL] * 2
    assert vendor.asked == 1


async def test_a_question_that_is_cut_off_is_free_for_the_next_one_at_once(ledgers: Ledgers, lesson: Lesson) -> None:
    vendor, ledger = Vendor(), ledgers.of(lesson.lesson_id)
    asking = asyncio.create_task(ledger.once(CALL, think_for_ever))
    await asyncio.sleep(0.2)
    asking.cancel()
    await asyncio.wait([asking])
    assert await asyncio.wait_for(ledger.once(CALL, vendor), HOLD.total_seconds() / 2) == SMALL


async def test_a_large_answer_lies_in_postgres_where_no_storage_takes_it(
    ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    away = S3FileStore("recordings", f"http://127.0.0.1:{any_port()}", "key", "secret")
    vendor, ledger = Vendor(LARGE), replace(ledgers, store=away).of(lesson.lesson_id)
    assert [await ledger.once(CALL, vendor) for _ in range(2)] == [LARGE] * 2
    [row] = (await all_rows(sessions))["studio.provider_calls"]
    assert (vendor.asked, row["answers"], row["body_key"], row["input_tokens"]) == (1, 1, None, 1000)


async def test_nonsense_about_what_was_used_loses_no_answer(
    ledgers: Ledgers, sessions: Sessions, lesson: Lesson
) -> None:
    ledger = replace(ledgers, prices={"openai/gpt-4o": Price(minute=1.0, input=1.0)}).of(lesson.lesson_id)
    for number, used in enumerate([Usage(seconds=inf), Usage(seconds=nan), Usage(input_tokens=1 << 63)]):
        await ledger.keep(replace(CALL, content=str(number)), Reply(SMALL, used))
    rows = (await all_rows(sessions))["studio.provider_calls"]
    assert [(row["answers"], row["cost_usd"], row["seconds"]) for row in rows] == [(1, 0, 0)] * 3


async def test_an_answer_that_was_ordered_is_waited_for_instead_of_asked_for(ledgers: Ledgers, lesson: Lesson) -> None:
    vendor, ledger = Vendor(), ledgers.of(lesson.lesson_id)
    await ledger.order(CALL, "the secret", timedelta(minutes=5), sent)
    asking = asyncio.create_task(ledger.once(CALL, vendor))
    await asyncio.sleep(0.2)
    await ledger.keep(CALL, Reply(SMALL))
    assert await asking == SMALL
    assert vendor.asked == 0


async def test_an_order_that_is_not_accepted_or_not_answered_in_time_is_asked_for(
    ledgers: Ledgers, lesson: Lesson
) -> None:
    vendor, ledger = Vendor(), ledgers.of(lesson.lesson_id)
    late = replace(CALL, content="another")
    with pytest.raises(ProviderUnavailable):
        await ledger.order(CALL, "the secret", timedelta(minutes=5), refuse_order)
    await ledger.order(late, "another secret", timedelta(), sent)
    assert [await ledger.once(call, vendor) for call in (CALL, late)] == [SMALL] * 2
    assert vendor.asked == 2


async def sent() -> None:
    pass


async def think_for_ever() -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


async def refuse_order() -> None:
    raise ProviderUnavailable


async def run(sessions: Sessions, statement: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement))
