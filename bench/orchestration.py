"""What a lesson takes beside a workflow of the same shape that does nothing; and how large its history gets.

A Temporal server looks for new steps 20 times a second (`history.transferProcessorMaxPollRPS`), so either side goes on
in ticks of 50 ms: a lesson's step costs nothing more, or a whole tick.
"""

from collections import Counter
from typing import Any

from temporalio.client import WorkflowHandle

from bench.idle import PREFIX
from bench.lessons import School, school
from bench.measuring import Figure, Side, agree, interleaved, ratio, told
from studio.settings import Settings

ROUNDS = 21
SHORT, LONG = 600.0, 4 * 3600.0


async def measure(settings: Settings) -> list[Figure]:
    async with school(settings) as here:
        return [await overhead(here)]


async def measure_history(settings: Settings) -> list[Figure]:
    async with school(settings) as here:
        short, long = await history_of(here, SHORT), await history_of(here, LONG)
    return [
        Figure("history of a lesson with three clips", max(short[0], long[0]), "events", limit=90),
        Figure("its size", max(short[1], long[1]) / 1024, "KB", limit=40),
        Figure(
            "its size, 4 hours / 10 minutes",
            long[1] / short[1],
            limit=1.1,
            detail=f"{long[1]} against {short[1]} bytes",
        ),
    ]


async def overhead(here: School) -> Figure:
    booked = [await here.booked(60) for _ in range(ROUNDS + 1)]
    held: list[WorkflowHandle[Any, Any]] = []
    idled: list[WorkflowHandle[Any, Any]] = []

    async def hold(number: int) -> None:
        held.append(await here.hold(*booked[number]))

    async def idle(number: int) -> None:
        idled.append(await here.idle_through(*booked[number]))

    ours, bare = Side(hold), Side(idle)
    await interleaved({"lesson": ours, "idle": bare}, ROUNDS)
    for one, other in zip(held, idled, strict=True):
        agree("steps", {"lesson": await steps_of(one), "idle": await steps_of(other)})
    return Figure(
        "a lesson with instant providers / a workflow that does nothing",
        ratio(ours.wall, bare.wall),
        limit=1.15,
        cpu=ratio(ours.cpu, bare.cpu),
        detail=f"{told(ours.wall)} against {told(bare.wall)}",
    )


async def steps_of(handle: WorkflowHandle[Any, Any]) -> Counter[tuple[str, str]]:
    """Which steps were asked for on which queue, and how often."""
    events = (await handle.fetch_history()).events
    asked = [one.activity_task_scheduled_event_attributes for one in events]
    return Counter(
        (one.activity_type.name, one.task_queue.name.removeprefix(PREFIX)) for one in asked if one.activity_type.name
    )


async def history_of(here: School, seconds: float) -> tuple[int, int]:
    """Events and bytes of a lesson of so many seconds."""
    handle = await here.hold(*await here.booked(seconds))
    told = (await handle.describe()).raw_description.workflow_execution_info
    return told.history_length, told.history_size_bytes
