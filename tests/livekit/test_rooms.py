"""Rooms on a real LiveKit server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from livekit import api, rtc

from lessons.classroom import recorder_identity
from lessons.errors import OperatorAction, RoomUnavailable
from lessons.ports import Classroom, Guest
from providers.livekit import DEPARTURE, EMPTY, LiveKitRooms, ids_of, livekit_rooms
from studio.ports import any_port
from tests.livekit.participants import Person, in_the_room
from tests.livekit.servers import LiveKitServer

SILENCE = np.zeros(480, np.int16)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
async def rooms(livekit: LiveKitServer) -> AsyncIterator[LiveKitRooms]:
    async with livekit_rooms(livekit.url, livekit.key, livekit.secret) as rooms:
        yield rooms


@pytest.fixture
def room() -> Classroom:
    return Classroom(str(uuid4()), f"tutor-{uuid4()}", f"student-{uuid4()}")


def tutor_in(room: Classroom) -> Guest:
    return Guest(room.tutor, "Mira", is_host=True)


def student_in(room: Classroom) -> Guest:
    return Guest(room.student, "Lucia", is_host=False)


def who_enters(livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom, guest: Guest) -> Person:
    return Person(livekit.url, rooms.token(room, guest, AN_HOUR), SILENCE, 0.0)


async def kept(livekit: LiveKitServer, name: str) -> api.Room:
    """The room as the server has it."""
    async with livekit.api() as server:
        [found] = (await server.room.list_rooms(api.ListRoomsRequest(names=[name]))).rooms
    return found


async def test_a_room_is_made_once_however_often_it_is_opened(
    livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom
) -> None:
    await asyncio.gather(*(rooms.open(room) for _ in range(5)))
    first = await kept(livekit, room.name)
    await rooms.open(Classroom(room.name, "tutor-else", "student-else"))
    again = await kept(livekit, room.name)
    assert (first.empty_timeout, first.departure_timeout, first.max_participants) == (EMPTY, DEPARTURE, 2)
    assert (again.sid, again.metadata) == (first.sid, ids_of(room))


async def test_a_room_that_was_never_opened_has_nobody_not_even_nobody(rooms: LiveKitRooms, room: Classroom) -> None:
    assert await rooms.people(room.name) is None
    await rooms.open(room)
    assert await rooms.people(room.name) == []


async def test_both_people_are_seen_and_no_recorder_is(
    livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom
) -> None:
    people = [who_enters(livekit, rooms, room, guest) for guest in (tutor_in(room), student_in(room))]
    recorder = Person(livekit.url, recorder_token(livekit, room.name), SILENCE, 0.0)
    await rooms.open(room)
    async with in_the_room(*people, recorder):
        assert sorted(await rooms.people(room.name) or []) == sorted([room.tutor, room.student])
        await people[0].leave()
        assert await rooms.people(room.name) == [room.student]


def recorder_token(livekit: LiveKitServer, name: str) -> str:
    grants = api.VideoGrants(room_join=True, room=name, recorder=True, hidden=True, can_publish=False)
    token = api.AccessToken(livekit.key, livekit.secret).with_identity(recorder_identity(name)).with_kind("egress")
    return token.with_grants(grants).to_jwt()


async def test_a_token_makes_the_room_as_it_is_to_be_where_it_has_closed(
    livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom
) -> None:
    async with in_the_room(who_enters(livekit, rooms, room, student_in(room))):
        made = await kept(livekit, room.name)
    assert (made.empty_timeout, made.departure_timeout, made.max_participants) == (EMPTY, DEPARTURE, 2)
    assert made.metadata == ids_of(room)


async def test_a_third_person_is_not_let_in(livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom) -> None:
    people = [who_enters(livekit, rooms, room, guest) for guest in (tutor_in(room), student_in(room))]
    third = who_enters(livekit, rooms, room, Guest("student-third", "Eve", is_host=False))
    async with in_the_room(*people):
        with pytest.raises(rtc.ConnectError):
            await third.join()
        assert len(await rooms.people(room.name) or []) == 2


async def test_a_token_for_another_room_does_not_open_this_one(
    livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom
) -> None:
    other = Classroom(str(uuid4()), room.tutor, room.student)
    await rooms.open(room)
    async with in_the_room(who_enters(livekit, rooms, other, student_in(room))):
        assert await rooms.people(room.name) == []
        assert await rooms.people(other.name) == [room.student]


async def test_a_closed_room_is_gone_and_may_be_closed_again(
    livekit: LiveKitServer, rooms: LiveKitRooms, room: Classroom
) -> None:
    person = who_enters(livekit, rooms, room, tutor_in(room))
    async with in_the_room(person):
        await rooms.close(room.name)
        assert await rooms.people(room.name) is None
    await rooms.close(room.name)


async def test_a_server_that_takes_our_key_and_tells_our_time_is_fine(rooms: LiveKitRooms) -> None:
    await rooms.look()


async def test_a_wrong_secret_is_told_by_the_name_of_its_setting(livekit: LiveKitServer, room: Classroom) -> None:
    async with livekit_rooms(livekit.url, livekit.key, "another secret of thirty-two letters") as rooms:
        for asked in (rooms.look(), rooms.open(room), rooms.people(room.name), rooms.close(room.name)):
            with pytest.raises(OperatorAction, match="STUDIO_LIVEKIT__API_SECRET"):
                await asked


async def test_a_server_that_is_not_there_may_be_later(room: Classroom) -> None:
    async with livekit_rooms(f"ws://127.0.0.1:{any_port()}", "key", "a secret of thirty-two characters") as rooms:
        for asked in (rooms.look(), rooms.open(room), rooms.people(room.name), rooms.close(room.name)):
            with pytest.raises(RoomUnavailable):
                await asked
