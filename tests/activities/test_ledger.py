"""Pay once: what arrived whole is never asked for again, whatever happens to the worker or the database."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import text

from activities.ledger import INLINE, Ledgers
from db.provider_calls import Spent, spent_on
from db.session import Sessions
from lessons.calls import Call, Price, Reply, Usage
from lessons.errors import BadAnswer, ProviderUnavailable
from lessons.messages import Lesson
from providers.disk import DiskFileStore
from tests.activities.scenes import objects_in
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
    assert spent == Spent("openai", "mistakes", "gpt-4o", 2, 2, Decimal("0.04"))


async def test_a_cancellation_does_not_lose_an_answer_that_has_arrived(ledgers: Ledgers, lesson: Lesson) -> None:
    vendor, ledger = Vendor(LARGE), ledgers.of(lesson.lesson_id)
    arrived = asyncio.Event()

    async def answer() -> Reply:
        reply = await vendor()
        arrived.set()
        return reply

    asking = asyncio.create_task(ledger.once(CALL, answer))
    await arrived.wait()
    asking.cancel()
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
    while not vendor.asked:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await run(sessions, "ALTER TABLE studio.gone RENAME TO provider_calls")
    assert await asking == SMALL
    assert await ledger.once(CALL, vendor) == SMALL
    assert vendor.asked == 1


async def run(sessions: Sessions, statement: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement))
