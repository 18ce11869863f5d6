from collections.abc import Mapping

import pytest
from sqlalchemy import text

from db.classrooms import CHANNEL, open_classroom
from db.consents import consents_in, keep_answer, may_be_analysed
from db.session import Sessions, as_person
from lessons.classroom import Seat
from lessons.consent import VERSION, Consents, Purpose, Way
from tests.db.listening import listening
from tests.rows import People, a_booking, a_lesson, new_people


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def booking(sessions: Sessions, people: People) -> str:
    return await a_booking(sessions, people)


async def answer(
    sessions: Sessions,
    booking: str,
    person: str,
    seat: Seat,
    purpose: Purpose,
    given: bool,
    came_by: Way = Way.ACCOUNT,
) -> None:
    async with sessions.begin() as session:
        await keep_answer(session, booking, person, seat, purpose, given, VERSION, came_by)


def by_account(answers: Mapping[Purpose, bool]) -> Consents:
    return Consents(answers, dict.fromkeys(answers, Way.ACCOUNT))


async def test_the_newest_answer_counts_and_the_older_ones_stay(
    sessions: Sessions, booking: str, people: People
) -> None:
    for given in (True, False, True, False):
        await answer(sessions, booking, people.student, Seat.STUDENT, Purpose.RECORD, given)
    await answer(sessions, booking, people.student, Seat.STUDENT, Purpose.AI, True)
    async with sessions() as session:
        assert await consents_in(session, booking) == {
            people.student: by_account({Purpose.RECORD: False, Purpose.AI: True})
        }
        kept = await session.execute(text("SELECT given, version, at IS NOT NULL FROM studio.consents ORDER BY id"))
        assert [tuple(row) for row in kept] == [(given, VERSION, True) for given in (True, False, True, False, True)]


async def test_how_the_newest_answer_came_is_known_unless_it_is_from_before_that_was_kept(
    sessions: Sessions, booking: str, people: People
) -> None:
    for way in (Way.ACCOUNT, Way.LINK):
        await answer(sessions, booking, people.student, Seat.STUDENT, Purpose.RECORD, True, way)
    await answer(sessions, booking, people.student, Seat.STUDENT, Purpose.AI, True)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE studio.consents SET came_by = NULL WHERE purpose = 'ai'"))
    async with as_person(sessions, {"sub": people.tutor}) as session:
        [seen] = (await consents_in(session, booking)).values()
    assert seen == Consents({Purpose.RECORD: True, Purpose.AI: True}, {Purpose.RECORD: Way.LINK})


async def test_an_answer_is_for_one_booking(sessions: Sessions, booking: str, people: People) -> None:
    later = await a_booking(sessions, people)
    await answer(sessions, booking, people.tutor, Seat.TUTOR, Purpose.RECORD, True)
    async with sessions() as session:
        assert await consents_in(session, later) == {}


async def test_a_student_sees_of_the_tutor_only_what_she_says_to_recording(
    sessions: Sessions, booking: str, people: People
) -> None:
    for person, seat in ((people.tutor, Seat.TUTOR), (people.student, Seat.STUDENT)):
        for purpose in Purpose:
            await answer(sessions, booking, person, seat, purpose, True)
    everything = by_account(dict.fromkeys(Purpose, True))
    async with as_person(sessions, {"sub": people.student_user}) as session:
        seen_by_student = await consents_in(session, booking)
    async with as_person(sessions, {"sub": people.tutor}) as session:
        seen_by_tutor = await consents_in(session, booking)
    assert seen_by_student == {people.student: everything, people.tutor: by_account({Purpose.RECORD: True})}
    assert seen_by_tutor == {people.student: everything, people.tutor: everything}


async def test_a_computer_works_on_a_lesson_of_our_classroom_as_long_as_both_agree(
    sessions: Sessions, people: People
) -> None:
    lesson, other = await a_lesson(sessions, people), await a_lesson(sessions, people)
    places = (people.tutor, Seat.TUTOR), (people.student, Seat.STUDENT)
    async with sessions.begin() as session:
        await open_classroom(session, lesson.booking_id)
    allowed = []
    for place, given in ((0, True), (1, True), (1, False), (1, True), (0, False)):
        await answer(sessions, lesson.booking_id, *places[place], Purpose.AI, given)
        async with sessions() as session:
            allowed.append(await may_be_analysed(session, lesson.lesson_id))
            assert await may_be_analysed(session, other.lesson_id)
    assert allowed == [False, True, False, True, False]


async def test_a_computer_works_on_a_lesson_from_elsewhere_until_somebody_declines(
    sessions: Sessions, people: People
) -> None:
    lesson = await a_lesson(sessions, people)
    await answer(sessions, lesson.booking_id, people.tutor, Seat.TUTOR, Purpose.RECORD, False)
    async with sessions() as session:
        assert await may_be_analysed(session, lesson.lesson_id)
    await answer(sessions, lesson.booking_id, people.student, Seat.STUDENT, Purpose.AI, False)
    async with sessions() as session:
        assert not await may_be_analysed(session, lesson.lesson_id)


async def test_no_computer_works_on_a_lesson_that_is_not_there(sessions: Sessions, booking: str) -> None:
    async with sessions() as session:
        assert not await may_be_analysed(session, booking)


async def test_an_answer_wakes_whoever_watches_the_room(
    sessions: Sessions, database_url: str, booking: str, people: People
) -> None:
    async with listening(database_url, CHANNEL) as heard:
        await answer(sessions, booking, people.student, Seat.STUDENT, Purpose.RECORD, False)
        assert await heard() == [booking]
