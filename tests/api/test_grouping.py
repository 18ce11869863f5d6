"""Events that arrive together share an insert, and nobody's trouble becomes a neighbour's."""

import asyncio
import random

import pytest
from sqlalchemy import func, make_url, select, text

from api.grouping import GroupedInbox, Unstorable
from db.inbox import arrivals_in
from db.models import WebhookEvent
from db.session import Sessions, open_engine, open_sessions
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent
from studio.ports import any_port
from tests.vendors.passing import in_front_of

ROOM = "16fd2706-8baf-433b-82eb-8c7fada847da"


def an_arrival(name: str) -> Arrival:
    event = RoomEvent(name, EventKind.EGRESS_ENDED, ROOM, f"EG_{name}", "EGRESS_COMPLETE")
    return Arrival(event, (RecordedFile(f"lessons/{ROOM}/{name}.mp4", 5, 1.5, 1790000000.5),))


async def stored_ids(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(WebhookEvent.id).order_by(WebhookEvent.seq)))


async def test_an_event_is_read_back_as_it_was_stored(sessions: Sessions) -> None:
    arrival = an_arrival("EV_1")
    await GroupedInbox(sessions).store(arrival)
    async with sessions() as session:
        assert await arrivals_in(session, ROOM) == [arrival]


async def test_events_that_arrive_together_share_an_insert_and_keep_their_order(sessions: Sessions) -> None:
    inbox, names = GroupedInbox(sessions), [f"EV_{number:03}" for number in range(200)]
    await asyncio.gather(*(inbox.store(an_arrival(name)) for name in names))
    assert await stored_ids(sessions) == names
    async with sessions() as session:
        inserts = await session.scalar(select(func.count(func.distinct(text("xmin::text")))).select_from(WebhookEvent))
    assert inserts == 1


async def test_an_event_told_many_times_at_once_is_stored_once(sessions: Sessions) -> None:
    inbox = GroupedInbox(sessions)
    await asyncio.gather(*(inbox.store(an_arrival("EV_1")) for _ in range(50)))
    await inbox.store(an_arrival("EV_1"))
    assert await stored_ids(sessions) == ["EV_1"]


async def test_nobody_waits_for_ever_however_events_arrive(sessions: Sessions) -> None:
    inbox, chance = GroupedInbox(sessions), random.Random(7)

    async def arriving(number: int) -> None:
        for turn in range(20):
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            await inbox.store(an_arrival(f"EV_{number}_{turn}"))

    async with asyncio.timeout(60):
        await asyncio.gather(*(arriving(number) for number in range(20)))
    assert len(await stored_ids(sessions)) == 400


async def test_whoever_stops_waiting_leaves_the_others_insert_alone(sessions: Sessions) -> None:
    inbox = GroupedInbox(sessions)
    waiting = [asyncio.create_task(inbox.store(an_arrival(f"EV_{number}"))) for number in range(10)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[5].cancel()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [number for number, one in enumerate(ended) if one is not None] == [0, 5]
    assert {f"EV_{number}" for number in range(10) if number not in (0, 5)} <= set(await stored_ids(sessions))


async def test_one_that_cannot_be_stored_does_not_take_its_neighbours_with_it(sessions: Sessions) -> None:
    inbox, names = GroupedInbox(sessions), ["EV_1", "EV_\x00", "EV_2", "EV_\ud800", "EV_3"]
    told = await asyncio.gather(*(inbox.store(an_arrival(name)) for name in names), return_exceptions=True)
    assert [isinstance(one, Unstorable) for one in told] == [False, True, False, True, False]
    assert await stored_ids(sessions) == ["EV_1", "EV_2", "EV_3"]


async def test_one_that_is_too_large_for_an_index_does_not_take_its_neighbours_with_it(sessions: Sessions) -> None:
    inbox, large = GroupedInbox(sessions), random.Random(7).randbytes(4000).hex()
    names = ["EV_1", large, "EV_2"]
    told = await asyncio.gather(*(inbox.store(an_arrival(name)) for name in names), return_exceptions=True)
    assert [isinstance(one, Unstorable) for one in told] == [False, True, False]
    assert await stored_ids(sessions) == ["EV_1", "EV_2"]


async def test_without_postgres_everybody_is_told_and_later_events_are_tried_again() -> None:
    engine = open_engine(f"postgresql+asyncpg://studio@127.0.0.1:{any_port()}/studio")
    inbox = GroupedInbox(open_sessions(engine))
    for _ in range(2):
        told = await asyncio.gather(*(inbox.store(an_arrival(name)) for name in "abc"), return_exceptions=True)
        assert [isinstance(one, OSError) for one in told] == [True] * 3
    await engine.dispose()


async def test_a_connection_that_was_lost_is_replaced(sessions: Sessions) -> None:
    inbox = GroupedInbox(sessions)
    await inbox.store(an_arrival("EV_1"))
    async with sessions() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await inbox.store(an_arrival("EV_2"))
    assert await stored_ids(sessions) == ["EV_1", "EV_2"]


async def test_nobody_waits_longer_than_the_deadline_and_the_next_one_is_stored(sessions: Sessions) -> None:
    inbox = GroupedInbox(sessions, deadline=0.2)
    async with sessions.begin() as session:
        await session.execute(text("LOCK TABLE studio.webhook_events"))
        told = await asyncio.gather(*(inbox.store(an_arrival(name)) for name in "abc"), return_exceptions=True)
    assert [type(one) for one in told] == [TimeoutError] * 3
    inbox.deadline = 30
    await inbox.store(an_arrival("d"))
    assert await stored_ids(sessions) == ["d"]


async def test_who_has_waited_long_enough_is_told_though_postgres_hangs_and_nothing_can_be_given_up(
    database_url: str,
) -> None:
    hangs, where = asyncio.Event(), make_url(database_url)
    async with in_front_of(f"{where.host}:{where.port}", lambda piece: b"" if hangs.is_set() else piece) as address:
        host, _, port = address.rpartition(":")
        engine = open_engine(where.set(host=host, port=int(port)).render_as_string(hide_password=False))
        inbox = GroupedInbox(open_sessions(engine))
        await inbox.store(an_arrival("a"))
        hangs.set()
        inbox.deadline = 0.2
        with pytest.raises(TimeoutError):
            await inbox.store(an_arrival("b"))
        assert inbox.writer
        inbox.deadline = 0.1
        with pytest.raises(TimeoutError):
            await inbox.store(an_arrival("c"))
        assert inbox.writer
        await inbox.writer
        await engine.dispose()


@pytest.mark.parametrize("count", [501, 1200])
async def test_a_flood_is_stored_in_several_inserts(count: int, sessions: Sessions) -> None:
    inbox = GroupedInbox(sessions)
    await asyncio.gather(*(inbox.store(an_arrival(f"EV_{number}")) for number in range(count)))
    assert len(await stored_ids(sessions)) == count
