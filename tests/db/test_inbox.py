"""The inbox: an event is stored once, and told in its room's order by one relay at a time."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from db.inbox import (
    CHANNEL,
    UNKNOWN_BOOKING,
    arrival_with,
    arrivals_in,
    claim_room,
    count_attempt,
    events_set_aside,
    longest_wait,
    mark_relayed,
    release,
    set_aside,
    set_aside_count,
    store_events,
    waiting_count,
)
from db.session import Sessions
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent
from tests.db.listening import listening
from tests.rows import a_booking


def ended(room: str, name: str, *files: RecordedFile) -> Arrival:
    return Arrival(RoomEvent(name, EventKind.EGRESS_ENDED, room, f"EG_{name}", "EGRESS_COMPLETE"), files)


async def stored(sessions: Sessions, *arrivals: Arrival) -> None:
    async with sessions.begin() as session:
        await store_events(session, arrivals)


async def test_an_arrival_is_read_back_as_it_was_stored(sessions: Sessions) -> None:
    spoken = RecordedFile("lessons/1/a.mp4", 1 << 33, 60.5, 1790000000.25, None, "imports/1/t.json")
    arrival = ended("room", "EV_1", RecordedFile(), spoken)
    await stored(sessions, arrival)
    async with sessions() as session:
        assert await arrival_with(session, "EV_1") == arrival
        assert await arrival_with(session, "EV_2") is None


async def test_an_event_told_again_stays_as_it_was_stored_first(sessions: Sessions) -> None:
    first, other = ended("room", "EV_1"), ended("other", "EV_1", RecordedFile("other.mp4"))
    await stored(sessions, first, other)
    await stored(sessions, other)
    async with sessions() as session:
        assert await arrivals_in(session, "room") == [first]
        assert await waiting_count(session) == 1


async def test_events_are_told_in_the_order_in_which_they_were_stored(sessions: Sessions) -> None:
    names = ["EV_3", "EV_1", "EV_2"]
    await stored(sessions, *(ended("room", name) for name in names))
    await stored(sessions, ended("room", "EV_0"))
    async with sessions() as session:
        assert [one.event.id for one in await claim_room(session)] == [*names, "EV_0"]


async def test_a_claimed_room_is_left_to_whoever_claimed_it(sessions: Sessions) -> None:
    await stored(sessions, ended("first", "EV_1"), ended("second", "EV_2"), ended("first", "EV_3"))
    async with sessions.begin() as one, sessions.begin() as two, sessions.begin() as three:
        assert [arrival.event.id for arrival in await claim_room(one)] == ["EV_1", "EV_3"]
        assert [arrival.event.id for arrival in await claim_room(two)] == ["EV_2"]
        await stored(sessions, ended("first", "EV_4"))
        assert await claim_room(three) == []


async def test_a_room_is_free_again_when_its_relay_gives_up(sessions: Sessions) -> None:
    await stored(sessions, ended("room", "EV_1"))
    for _ in range(2):
        async with sessions() as session:
            assert len(await claim_room(session)) == 1


async def test_many_relays_never_hold_one_room_side_by_side(sessions: Sessions) -> None:
    await stored(sessions, *(ended(f"room {number % 3}", f"EV_{number:02}") for number in range(30)))
    told: list[str] = []
    held: set[str] = set()

    async def relay() -> None:
        async with sessions.begin() as session:
            events = [arrival.event for arrival in await claim_room(session)][:2]
            rooms = {event.room for event in events}
            assert not rooms & held
            held.update(rooms)
            await asyncio.sleep(0.001)
            await mark_relayed(session, events)
            told.extend(event.id for event in events)
            held.difference_update(rooms)

    while len(told) < 30:
        await asyncio.gather(*(relay() for _ in range(4)))
    for room in range(3):
        of_room = [name for name in told if int(name[3:]) % 3 == room]
        assert of_room == sorted(of_room)


async def test_what_was_relayed_waits_no_more_but_is_remembered(sessions: Sessions) -> None:
    arrivals = [ended("room", "EV_1"), ended("room", "EV_2")]
    await stored(sessions, *arrivals)
    async with sessions.begin() as session:
        await mark_relayed(session, [arrivals[0].event])
    async with sessions() as session:
        assert await claim_room(session) == [arrivals[1]]
        assert await waiting_count(session) == 1
        assert await arrivals_in(session, "room") == arrivals


async def test_an_event_set_aside_is_counted_by_its_reason_and_lets_others_go_on(sessions: Sessions) -> None:
    poison, other, stranger = ended("room", "EV_1"), ended("room", "EV_2"), ended("nowhere", "EV_3")
    await stored(sessions, poison, other, stranger)
    async with sessions.begin() as session:
        await set_aside(session, [poison.event.id], "refused")
        await set_aside(session, [stranger.event.id], "unknown_booking")
    async with sessions() as session:
        assert await set_aside_count(session) == {"refused": 1, "unknown_booking": 1}
        assert await arrivals_in(session, "room") == [other]
        assert await claim_room(session) == [other]


async def test_attempts_are_counted(sessions: Sessions) -> None:
    arrival = ended("room", "EV_1")
    await stored(sessions, arrival)
    counted = []
    for _ in range(3):
        async with sessions.begin() as session:
            counted.append(await count_attempt(session, arrival.event.id))
    assert counted == [1, 2, 3]


async def test_what_was_set_aside_is_released_to_its_old_place_without_its_attempts(sessions: Sessions) -> None:
    poison, other = ended("room", "EV_1"), ended("room", "EV_2")
    await stored(sessions, poison, other)
    async with sessions.begin() as session:
        await count_attempt(session, "EV_1")
        await set_aside(session, ["EV_1"], "refused")
    async with sessions.begin() as session:
        assert await release(session, "EV_2") == []
        assert await release(session) == ["EV_1"]
        assert await events_set_aside(session) == []
    async with sessions() as session:
        assert await claim_room(session) == [poison, other]
        assert await count_attempt(session, "EV_1") == 1


async def test_an_event_of_an_unknown_booking_is_released_once_there_is_one(sessions: Sessions) -> None:
    known, unknown = await a_booking(sessions), str(uuid4())
    await stored(sessions, ended(known, "EV_1"), ended(unknown, "EV_2"))
    async with sessions.begin() as session:
        await set_aside(session, ["EV_1", "EV_2"], UNKNOWN_BOOKING)
        assert await release(session) == ["EV_1"]
        assert [one.id for one in await events_set_aside(session)] == ["EV_2"]


async def test_a_released_event_wakes_the_relay(sessions: Sessions, database_url: str) -> None:
    await stored(sessions, ended("room", "EV_1"))
    async with listening(database_url, CHANNEL) as heard, sessions.begin() as session:
        await set_aside(session, ["EV_1"], "refused")
        await release(session, "EV_1")
        await session.commit()
        assert await heard() == [""]


async def test_the_longest_wait_is_that_of_the_oldest_event_that_waits(sessions: Sessions) -> None:
    arrivals = [ended("room", name) for name in ("EV_1", "EV_2", "EV_3")]
    await stored(sessions, *arrivals)
    async with sessions.begin() as session:
        for arrival in arrivals:
            hours = f"now() - interval '{arrival.event.id[-1]} hours'"
            changed = f"UPDATE studio.webhook_events SET received_at = {hours} WHERE id = '{arrival.event.id}'"
            await session.execute(text(changed))
        assert await longest_wait(session) == timedelta(hours=3)
        await mark_relayed(session, [arrivals[2].event])
        assert await longest_wait(session) == timedelta(hours=2)
        await set_aside(session, ["EV_2", "EV_1"], "refused")
        assert await longest_wait(session) is None


async def test_only_a_new_event_wakes_the_relay(sessions: Sessions, database_url: str) -> None:
    async with listening(database_url, CHANNEL) as heard:
        await stored(sessions, ended("room", "EV_1"), ended("room", "EV_2"))
        assert await heard() == [""]
        await stored(sessions, ended("room", "EV_1"))
        assert await heard() == []
