import asyncio

import pytest

from api.errands import Errands

LONG = 60.0


async def test_what_takes_longer_than_a_moment_goes_on_by_itself() -> None:
    errands, go_on, done = Errands(), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await go_on.wait()
        done.set()

    await errands.within(0.01, slow())
    assert len(errands.under_way) == 1
    go_on.set()
    await done.wait()
    await asyncio.sleep(0)
    assert errands.under_way == set()


async def failing() -> None:
    raise LookupError


async def test_what_fails_in_time_is_told() -> None:
    with pytest.raises(LookupError):
        await Errands().within(LONG, failing(), asyncio.sleep(0))


async def test_what_fails_later_fails_by_itself() -> None:
    errands = Errands()

    async def later() -> None:
        await asyncio.sleep(0.02)
        raise ValueError

    await errands.within(0.001, later())
    while errands.under_way:
        await asyncio.sleep(0.01)


async def test_whoever_stops_waiting_leaves_the_work_to_itself() -> None:
    errands, go_on, done = Errands(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()

    waiting = asyncio.create_task(errands.within(LONG, work()))
    await asyncio.sleep(0)
    waiting.cancel()
    go_on.set()
    await asyncio.wait([waiting])
    await done.wait()
    assert waiting.cancelled()


async def test_at_the_end_nothing_is_left_under_way() -> None:
    errands = Errands()
    await errands.within(0.001, asyncio.sleep(LONG), asyncio.sleep(LONG))
    await errands.stop()
    assert errands.under_way == set()
