"""Ways to do the same work, measured side by side in one run."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import psutil

Clock = Callable[[], float]


class OutputsDiffer(Exception):
    """The sides of a comparison did not do the same; their times mean nothing."""


@dataclass(frozen=True)
class Figure:
    """A measured number beside its limit, which it must not exceed, or for `at_least` not fall below.

    `cpu` is the same ratio in CPU time, where that was measured; without a limit it is told only.
    """

    name: str
    value: float
    unit: str = "x"
    limit: float | None = None
    at_least: bool = False
    cpu: float | None = None
    detail: str = ""

    @property
    def ok(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Side:
    """One way to do the work: `work` is told the round's number and answers with what came out of it.

    `wall` and `cpu` are seconds per item, one number for each round.
    """

    work: Callable[[int], Awaitable[object]]
    items: int = 1
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def told(self) -> str:
        """The medians in milliseconds per item."""
        return f"{statistics.median(self.wall) * 1e3:.3g} ms, CPU {statistics.median(self.cpu) * 1e3:.2g} ms"

    @property
    def rate(self) -> str:
        return f"{1 / statistics.median(self.wall):,.0f}/s"


async def interleaved(sides: Mapping[str, Side], rounds: int, clock: Clock) -> None:
    """Measure A B A B ..., after a round to warm up; raises OutputsDiffer when a round's outputs do."""
    for number in range(rounds + 1):
        outputs = {name: await measured(side, number, clock) for name, side in sides.items()}
        agree(f"round {number}", outputs)
    for side in sides.values():
        del side.wall[0], side.cpu[0]


async def measured(side: Side, number: int, clock: Clock) -> object:
    wall, cpu = time.perf_counter(), clock()
    output = await side.work(number)
    side.wall.append((time.perf_counter() - wall) / side.items)
    side.cpu.append((clock() - cpu) / side.items)
    return output


def agree(what: str, outputs: Mapping[str, object]) -> None:
    """Raise OutputsDiffer unless all outputs are equal; None has nothing to say."""
    said = {name: output for name, output in outputs.items() if output is not None}
    first = next(iter(said.values()), None)
    if any(output != first for output in said.values()):
        raise OutputsDiffer(f"{what}: " + "; ".join(f"{name} gives {output}" for name, output in said.items()))


def ratio(above: list[float], below: list[float]) -> float:
    """The median of the rounds' ratios: what slows a whole round down does not count."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def tree_cpu(apart: frozenset[int] = frozenset()) -> float:
    """CPU seconds of this process and all below it, those that have ended included; some may stand apart."""
    us = psutil.Process()
    return sum(sum(one.cpu_times()[:4]) for one in (us, *us.children(recursive=True)) if one.pid not in apart)
