from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.classrooms import (
    CHANNEL,
    classroom_of,
    end_classroom,
    note_joined,
    open_classroom,
    over_for,
    seat_of,
    show_recording,
    wake_room,
)
from db.inbox import store_events
from db.lessons import CHANNEL as LESSONS
from db.models import ClassroomState
from db.session import Sessions, as_person
from lessons.capture import Arrival, EventKind, RoomEvent, lesson_id_of
from lessons.classroom import Seat
from tests.db.listening import listening
from tests.rows import People, a_booking, new_people


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def booking(sessions: Sessions, people: People) -> str:
    return await a_booking(sessions, people)


async def seat(sessions: Sessions, booking: str, claims: Mapping[str, Any]) -> Seat | None:
    async with as_person(sessions, claims) as session:
        return await seat_of(session, booking)


def link(booking: str, person: str) -> dict[str, object]:
    return {"room_link": {"booking": booking, "person": person}}


async def run(sessions: Sessions, statement: str, **values: object) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


async def state_of(sessions: Sessions, booking: str) -> ClassroomState:
    async with sessions() as session:
        found = await classroom_of(session, booking)
    assert found is not None
    return found


async def test_each_of_the_two_has_a_seat_and_nobody_else(sessions: Sessions, booking: str, people: People) -> None:
    other = new_people()
    await a_booking(sessions, other)
    assert await seat(sessions, booking, {"sub": people.tutor}) is Seat.TUTOR
    assert await seat(sessions, booking, {"sub": people.student_user}) is Seat.STUDENT
    for claims in ({"sub": other.tutor}, {"sub": other.student_user}, {"sub": people.student}, {}):
        assert await seat(sessions, booking, claims) is None, claims


async def test_an_unknown_and_a_deleted_booking_have_no_seats(sessions: Sessions, booking: str, people: People) -> None:
    await run(sessions, "UPDATE public.bookings SET deleted_at = now() WHERE id = :id", id=booking)
    assert await seat(sessions, booking, {"sub": people.tutor}) is None
    assert await seat(sessions, str(uuid4()), {"sub": people.tutor}) is None


async def test_a_link_gives_the_seat_of_its_person_in_its_booking_alone(
    sessions: Sessions, booking: str, people: People
) -> None:
    later = await a_booking(sessions, people)
    assert await seat(sessions, booking, link(booking, people.tutor)) is Seat.TUTOR
    assert await seat(sessions, booking, link(booking, people.student)) is Seat.STUDENT
    assert await seat(sessions, booking, link(booking, str(uuid4()))) is None
    assert await seat(sessions, booking, link(later, people.student)) is None
    assert await seat(sessions, later, link(booking, people.tutor)) is None


async def test_a_student_without_an_account_has_a_seat_by_link_only(sessions: Sessions) -> None:
    guest = People(str(uuid4()), str(uuid4()), None)
    booking = await a_booking(sessions, guest)
    assert await seat(sessions, booking, {"sub": guest.student}) is None
    assert await seat(sessions, booking, link(booking, guest.student)) is Seat.STUDENT


async def test_who_has_left_the_tutor_has_no_seat_any_more(sessions: Sessions, booking: str, people: People) -> None:
    await run(sessions, "UPDATE public.students SET deleted_at = now() WHERE id = :id", id=people.student)
    assert await seat(sessions, booking, {"sub": people.student_user}) is None
    assert await seat(sessions, booking, link(booking, people.student)) is None
    assert await seat(sessions, booking, {"sub": people.tutor}) is Seat.TUTOR


async def test_a_link_dies_when_the_booking_becomes_another_student_s(
    sessions: Sessions, booking: str, people: People
) -> None:
    other = People(people.tutor, str(uuid4()), None)
    await a_booking(sessions, other)
    await run(
        sessions, "UPDATE public.bookings SET student_id = :other WHERE id = :id", id=booking, other=other.student
    )
    assert await seat(sessions, booking, link(booking, people.student)) is None
    assert await seat(sessions, booking, link(booking, other.student)) is Seat.STUDENT


TABLES = ("public.bookings", "public.students", "public.profiles", "studio.lessons", "studio.consents")


async def test_a_link_shows_no_table_of_people_not_even_its_own_person_s(
    sessions: Sessions, booking: str, people: People
) -> None:
    async with as_person(sessions, link(booking, people.tutor)) as session:
        counts = [await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES]
    assert counts == [0] * len(TABLES)


async def test_what_is_known_of_a_room_begins_when_somebody_enters(sessions: Sessions, booking: str) -> None:
    async with sessions.begin() as session:
        await show_recording(session, booking, recording=True)
        assert await classroom_of(session, booking) is None
        await open_classroom(session, booking)
    state = await state_of(sessions, booking)
    assert (state.recording, state.joined_tutor_at, state.ended_at) == (False, None, None)


async def test_a_person_joins_once(sessions: Sessions, booking: str) -> None:
    async with sessions.begin() as session:
        await open_classroom(session, booking)
        await note_joined(session, booking, Seat.TUTOR)
    first = await state_of(sessions, booking)
    async with sessions.begin() as session:
        await note_joined(session, booking, Seat.TUTOR)
        await note_joined(session, booking, Seat.STUDENT)
    second = await state_of(sessions, booking)
    assert first.joined_tutor_at == second.joined_tutor_at
    assert first.joined_student_at is None
    assert second.joined_student_at is not None


async def test_a_recording_that_goes_on_after_a_pause_keeps_its_beginning(sessions: Sessions, booking: str) -> None:
    seen = []
    async with sessions.begin() as session:
        await open_classroom(session, booking)
    for recording in (True, False, True):
        async with sessions.begin() as session:
            await show_recording(session, booking, recording)
        seen.append(await state_of(sessions, booking))
    assert [state.recording for state in seen] == [True, False, True]
    assert len({state.recording_since for state in seen}) == 1
    assert seen[0].recording_since is not None


async def test_who_follows_a_lesson_is_told_when_its_recording_begins_and_ends(
    sessions: Sessions, database_url: str, booking: str
) -> None:
    async with listening(database_url, LESSONS) as heard:
        for recording in (True, False):
            async with sessions.begin() as session:
                await show_recording(session, booking, recording)
            assert await heard() == [lesson_id_of(booking)]


async def test_an_ended_lesson_goes_on_when_somebody_enters_again(sessions: Sessions, booking: str) -> None:
    async with sessions.begin() as session:
        await open_classroom(session, booking)
        await end_classroom(session, booking, Seat.TUTOR)
    ended = await state_of(sessions, booking)
    async with sessions.begin() as session:
        await open_classroom(session, booking)
    again = await state_of(sessions, booking)
    assert (ended.ended_by, ended.ended_at is None) == ("tutor", False)
    assert (again.ended_by, again.ended_at) == (None, None)
    assert again.opened_at > ended.opened_at


async def test_a_room_is_over_when_its_tutor_says_so(sessions: Sessions, booking: str) -> None:
    async with sessions.begin() as session:
        await open_classroom(session, booking)
        assert await over_for(session, booking) is None
        await end_classroom(session, booking, Seat.TUTOR)
    async with sessions() as session:
        assert timedelta(0) < (await over_for(session, booking) or timedelta(0)) < timedelta(minutes=1)


async def test_a_room_is_over_when_it_has_closed_and_its_recording_has_ended_until_somebody_enters(
    sessions: Sessions, booking: str
) -> None:
    async def told(kind: EventKind) -> timedelta | None:
        async with sessions.begin() as session:
            await store_events(session, [Arrival(RoomEvent(f"{kind}-1", kind, booking))])
        async with sessions() as session:
            return await over_for(session, booking)

    async with sessions.begin() as session:
        assert await over_for(session, booking) is None
        await open_classroom(session, booking)
    assert await told(EventKind.EGRESS_ENDED) is None
    assert await told(EventKind.ROOM_FINISHED)
    async with sessions.begin() as session:
        await open_classroom(session, booking)
    async with sessions() as session:
        assert await over_for(session, booking) is None


async def test_whoever_watches_a_room_is_woken_when_it_ends_and_when_somebody_asks(
    sessions: Sessions, database_url: str, booking: str
) -> None:
    async with listening(database_url, CHANNEL) as heard:
        async with sessions.begin() as session:
            await end_classroom(session, booking, Seat.TUTOR)
        async with sessions.begin() as session:
            await wake_room(session, "one", "two", "one")
        assert sorted(await heard()) == sorted([booking, "one", "two"])
