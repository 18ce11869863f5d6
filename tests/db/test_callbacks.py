"""Answers that come later: under which secrets, for whom, and when all of them are there."""

from datetime import timedelta
from decimal import Decimal

from db.callbacks import (
    Expected,
    close_callback,
    expect_answer,
    expected_under,
    is_waiting,
    open_callback,
    ready_waiter,
    refuse_callback,
)
from db.provider_calls import keep_answer, note_asked, note_failed, spent_on
from db.session import Sessions
from lessons.calls import Call, Usage
from lessons.messages import Lesson
from tests.rows import a_lesson

FIRST, SECOND = (Call("deepgram", "transcribe", "nova-3", "1", f"sound {number}") for number in (1, 2))
PATIENCE = timedelta(minutes=1)


async def ordered(sessions: Sessions, lesson: Lesson, *calls: Call, token: bytes = b"step") -> None:
    async with sessions.begin() as session:
        for call in calls:
            assert await expect_answer(session, lesson.lesson_id, call, token)
        for call in calls:
            if await note_asked(session, lesson.lesson_id, call, patience=PATIENCE):
                await open_callback(session, call, f"secret of {call.content}")


async def answered(sessions: Sessions, lesson: Lesson, call: Call) -> bytes | None:
    """Keep the answer; return who is ready then."""
    async with sessions.begin() as session:
        await keep_answer(session, lesson.lesson_id, call, b"{}", Usage(60), Decimal(1), "r1")
    return await ready(sessions, call)


async def ready(sessions: Sessions, call: Call) -> bytes | None:
    async with sessions() as session:
        return await ready_waiter(session, call)


async def test_an_answer_finds_its_call_by_each_of_its_secrets_and_by_nothing_else(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await ordered(sessions, lesson, FIRST)
    async with sessions.begin() as session:
        await open_callback(session, FIRST, "a newer secret")
        await close_callback(session, "secret of sound 1")
    async with sessions.begin() as session:
        assert await expected_under(session, "secret of sound 1") == Expected(lesson.lesson_id, FIRST, True)
        assert await expected_under(session, "a newer secret") == Expected(lesson.lesson_id, FIRST, False)
        assert await expected_under(session, "another") is None


async def test_a_step_is_ready_when_all_that_it_waits_for_has_come(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await ordered(sessions, lesson, FIRST, SECOND)
    assert await answered(sessions, lesson, FIRST) is None
    assert await answered(sessions, lesson, SECOND) == b"step"


async def test_what_is_refused_is_waited_for_no_more(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await ordered(sessions, lesson, FIRST, SECOND)
    async with sessions.begin() as session:
        await note_failed(session, SECOND, "provider_unavailable")
        assert await is_waiting(session, b"step")
    assert await answered(sessions, lesson, FIRST) == b"step"
    async with sessions() as session:
        assert not await is_waiting(session, b"step")


async def test_an_answer_of_no_use_is_one_failure_however_often_it_is_posted(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await ordered(sessions, lesson, FIRST)
    assert await ready(sessions, FIRST) is None
    for posted in range(2):
        async with sessions.begin() as session:
            await refuse_callback(session, FIRST, "bad_answer")
        assert await ready(sessions, FIRST) == (None if posted else b"step")
        async with sessions.begin() as session:
            assert await note_asked(session, lesson.lesson_id, FIRST)
    async with sessions() as session:
        [spent] = await spent_on(session, lesson.lesson_id)
    assert (spent.requests, spent.answers, spent.failures, spent.cut) == (3, 0, 1, 2)


async def test_an_answer_is_told_to_who_waited_last_and_one_that_is_here_is_waited_for_by_nobody(
    sessions: Sessions,
) -> None:
    lesson = await a_lesson(sessions)
    for token in (b"step", b"step of a retry"):
        await ordered(sessions, lesson, FIRST, token=token)
    assert await answered(sessions, lesson, FIRST) == b"step of a retry"
    async with sessions.begin() as session:
        assert not await expect_answer(session, lesson.lesson_id, FIRST, b"a third one")


async def test_a_lesson_that_asks_what_another_one_waits_for_takes_its_answer_from_nobody(sessions: Sessions) -> None:
    lesson, other = await a_lesson(sessions), await a_lesson(sessions)
    await ordered(sessions, lesson, FIRST)
    async with sessions.begin() as session:
        assert await expect_answer(session, other.lesson_id, FIRST, b"another lesson's step")
        assert not await is_waiting(session, b"another lesson's step")
    assert await answered(sessions, lesson, FIRST) == b"step"
