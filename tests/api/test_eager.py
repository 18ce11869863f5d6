"""Coroutines that are begun at once, and waited for only where they wait."""

import asyncio

import pytest

from api.eager import Eager


async def test_what_need_not_wait_is_done_at_once() -> None:
    async def ready() -> str:
        return "here"

    eager = Eager(ready())
    assert (eager.done, eager.result, await eager) == (True, "here", "here")


async def test_what_waits_goes_on_when_it_is_awaited_however_often_it_waits() -> None:
    async def count(most: int) -> int:
        for _ in range(most):
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
        return most

    eager = Eager(count(3))
    assert not eager.done
    assert await eager == 3
    assert eager.done


async def test_what_fails_at_once_or_later_is_raised_there() -> None:
    async def fail(pause: bool) -> None:
        if pause:
            await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Eager(fail(pause=False))
    eager = Eager(fail(pause=True))
    with pytest.raises(ValueError, match="no"):
        await eager


async def test_a_timeout_reaches_what_waits() -> None:
    async def stall() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append("stall")
            raise
        return "never"

    stopped: list[str] = []
    eager = Eager(stall())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await eager
    assert stopped == ["stall"]


async def test_what_goes_on_when_it_is_stopped_is_waited_for() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "done"

    async def wait() -> str:
        return await Eager(stubborn())

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "done"
