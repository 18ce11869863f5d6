from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.classrooms import open_classroom
from db.meetings import teaches_in_studio
from db.overdue import RARELY, overdue_lessons
from db.session import Sessions
from tests.rows import People, a_booking, a_lesson, new_people

TOLD = "UPDATE public.profiles SET tier = CAST(:tier AS public.tier_type), plan = :plan WHERE id = :id"
MOVED = "UPDATE public.bookings SET scheduled_at = now() - CAST(:ago AS interval) WHERE id = :id"
STAGE = "UPDATE studio.lessons SET stage = :stage WHERE id = :id"


async def run(sessions: Sessions, statement: str, **values: object) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


async def overdue(sessions: Sessions, turn: int = 0, most: int = 100) -> list[str]:
    async with sessions() as session:
        return [one.id for one in await overdue_lessons(session, turn, most)]


@pytest.mark.parametrize("tier", ["studio", "standard", None])
@pytest.mark.parametrize("plan", ["studio", "studio_yearly", "professional", None])
async def test_who_has_studio_by_tier_or_by_plan_is_asked_after_though_nobody_entered_her_room(
    sessions: Sessions, tier: str | None, plan: str | None
) -> None:
    people = new_people()
    booking = await a_booking(sessions, people)
    await run(sessions, TOLD, tier=tier, plan=plan, id=people.tutor)
    async with sessions() as session:
        has_studio = await teaches_in_studio(session, people.tutor)
    assert await overdue(sessions) == ([booking] if has_studio else [])


async def test_a_lesson_that_has_settled_is_asked_after_rarely_and_one_that_waits_always(sessions: Sessions) -> None:
    waiting, settled = await a_lesson(sessions), await a_lesson(sessions)
    await run(sessions, STAGE, stage="fetch", id=settled.lesson_id)
    found = [await overdue(sessions, turn) for turn in range(2 * RARELY)]
    assert sum(waiting.booking_id in one for one in found) == 2 * RARELY
    assert sum(settled.booking_id in one for one in found) == 2


async def test_settled_lessons_are_not_all_asked_after_in_one_round(sessions: Sessions) -> None:
    for _ in range(40):
        lesson = await a_lesson(sessions)
        await run(sessions, STAGE, stage="notify", id=lesson.lesson_id)
    found = [await overdue(sessions, turn) for turn in range(RARELY)]
    assert sum(map(len, found)) == 40
    assert max(map(len, found)) < 40


async def test_a_lesson_that_settled_long_ago_is_not_asked_after(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    await run(sessions, STAGE, stage="notify", id=lesson.lesson_id)
    await run(sessions, MOVED, ago=timedelta(hours=5), id=lesson.booking_id)
    assert [await overdue(sessions, turn) for turn in range(RARELY)] == [[]] * RARELY


async def test_where_not_all_can_be_asked_after_each_is_now_and_then(sessions: Sessions) -> None:
    people = People(str(uuid4()), str(uuid4()), None)
    bookings = {await a_booking(sessions, people) for _ in range(5)}
    async with sessions.begin() as session:
        for number, booking in enumerate(sorted(bookings)):
            await open_classroom(session, booking)
            await session.execute(text(MOVED), {"ago": timedelta(hours=2 + 20 * number), "id": booking})
    first = {one for _ in range(200) for one in await overdue(sessions, most=1)}
    assert first == bookings
