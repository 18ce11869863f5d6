"""What was answered once is never asked again, and everything is counted."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import text

from db.provider_calls import (
    Kept,
    Spent,
    give_up_answer,
    hold,
    keep_answer,
    kept_answer,
    note_asked,
    note_failed,
    spent_on,
    spoil_answer,
)
from db.session import Sessions, as_person
from lessons.calls import Call, Usage
from lessons.messages import Lesson
from tests.rows import a_lesson, new_people

CALL = Call("openai", "mistakes", "gpt-4o", "1", "hash of a window")
USED = Usage(input_tokens=100, output_tokens=10)


async def answered(sessions: Sessions, lesson: Lesson, body: bytes = b"{}", cost: str = "0.01") -> None:
    async with sessions.begin() as session:
        await keep_answer(session, lesson.lesson_id, CALL, body, USED, Decimal(cost), uuid4().hex)


async def asked(sessions: Sessions, lesson: Lesson) -> bool:
    async with sessions.begin() as session:
        return await note_asked(session, lesson.lesson_id, CALL)


async def kept(sessions: Sessions) -> Kept | None:
    async with sessions() as session:
        return await kept_answer(session, CALL)


async def spent(sessions: Sessions, lesson: Lesson) -> list[Spent]:
    async with sessions() as session:
        return list(await spent_on(session, lesson.lesson_id))


async def test_an_answer_is_read_back_as_it_was_kept_and_not_needed_again(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    assert await asked(sessions, lesson)
    assert await kept(sessions) is None
    await answered(sessions, lesson, b'{"words": []}')
    assert await kept(sessions) == Kept(b'{"words": []}', None)
    assert not await asked(sessions, lesson)


async def test_the_first_answer_stays_and_both_are_counted(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    for body in (b"first", b"second"):
        await asked(sessions, lesson)
        await answered(sessions, lesson, body)
    assert await kept(sessions) == Kept(b"first", None)
    assert await spent(sessions, lesson) == [Spent("openai", "mistakes", "gpt-4o", 1, 2, 0, 0, Decimal("0.02"))]


async def test_a_failed_call_may_be_asked_again(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await asked(sessions, lesson)
    async with sessions.begin() as session:
        await note_failed(session, CALL, "provider_unavailable")
    assert await asked(sessions, lesson)
    assert await spent(sessions, lesson) == [Spent("openai", "mistakes", "gpt-4o", 2, 0, 1, 1, None)]


async def test_a_spoiled_answer_is_forgotten_but_not_what_it_cost(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await asked(sessions, lesson)
    await answered(sessions, lesson)
    async with sessions.begin() as session:
        await spoil_answer(session, CALL, "bad_answer")
    assert await kept(sessions) is None
    assert await asked(sessions, lesson)
    assert await spent(sessions, lesson) == [Spent("openai", "mistakes", "gpt-4o", 2, 1, 0, 1, Decimal("0.01"))]


async def test_an_answer_that_was_given_up_is_there_for_the_step_that_did_so_until_another_one_comes(
    sessions: Sessions,
) -> None:
    lesson = await a_lesson(sessions)
    await asked(sessions, lesson)
    await answered(sessions, lesson, b"flawed")
    async with sessions.begin() as session:
        await give_up_answer(session, CALL, "bad_answer", "run/7")
        assert await kept_answer(session, CALL, "run/7") == Kept(b"flawed", None)
        assert await kept_answer(session, CALL, "run/8") is None
        assert await kept_answer(session, CALL) is None
    assert await asked(sessions, lesson)
    await answered(sessions, lesson, b"better")
    async with sessions() as session:
        assert await kept_answer(session, CALL, "run/7") == Kept(b"better", None)


async def test_what_is_ordered_is_not_asked_for_while_it_is_waited_for(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    async with sessions.begin() as session:
        assert await note_asked(session, lesson.lesson_id, CALL, patience=timedelta(minutes=1))
    assert not await asked(sessions, lesson)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE studio.provider_calls SET awaited_until = now()"))
    assert await asked(sessions, lesson)
    assert await asked(sessions, lesson)


async def test_who_asks_holds_the_question_until_she_was_not_heard_of_for_long_enough(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    async with sessions.begin() as session:
        assert await note_asked(session, lesson.lesson_id, CALL, hold=timedelta(minutes=1))
    assert not await asked(sessions, lesson)
    async with sessions.begin() as session:
        await hold(session, CALL, timedelta())
    assert await asked(sessions, lesson)


async def test_one_answer_that_is_told_twice_is_counted_once(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await asked(sessions, lesson)
    for body in (b"first", b"the same, told again"):
        async with sessions.begin() as session:
            await keep_answer(session, lesson.lesson_id, CALL, body, USED, Decimal("0.01"), "req_1")
    assert await kept(sessions) == Kept(b"first", None)
    assert await spent(sessions, lesson) == [Spent("openai", "mistakes", "gpt-4o", 1, 1, 0, 0, Decimal("0.01"))]


async def test_requests_of_which_nothing_is_heard_are_counted_apart_call_by_call(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    for _ in range(3):
        await asked(sessions, lesson)
    async with sessions.begin() as session:
        await note_failed(session, CALL, "provider_unavailable")
    other = replace(CALL, content="another window")
    async with sessions.begin() as session:
        for body in (b"first", b"second"):
            await keep_answer(session, lesson.lesson_id, other, body, USED, None, uuid4().hex)
    assert await spent(sessions, lesson) == [Spent("openai", "mistakes", "gpt-4o", 3, 2, 1, 2, None)]


async def test_only_the_tutor_sees_what_a_lesson_cost(sessions: Sessions) -> None:
    people = new_people()
    lesson = await a_lesson(sessions, people)
    await asked(sessions, lesson)
    await answered(sessions, lesson)
    seen = {}
    for person in (people.tutor, people.student_user, new_people().tutor):
        async with as_person(sessions, {"sub": person}) as session:
            seen[person] = len(await spent_on(session, lesson.lesson_id))
    assert list(seen.values()) == [1, 0, 0]
