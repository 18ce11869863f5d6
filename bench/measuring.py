"""Ways to do the same work, measured side by side in one run."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil


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


def tree_cpu(apart: frozenset[int] = frozenset()) -> float:
    """CPU seconds of this process and all below it, those that have ended included; some may stand apart."""
    us = psutil.Process()
    return sum(sum(one.cpu_times()[:4]) for one in (us, *us.children(recursive=True)) if one.pid not in apart)


def cpu_of(pid: int) -> float:
    """CPU seconds of one process, to the nanosecond (the kernel's clock of it, clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


@dataclass
class Side:
    """One way to do the work: `work` is told the round's number and answers with what came out of it.

    `wall` and `cpu` are seconds per item, one number for each round.
    """

    work: Callable[[int], Awaitable[object]]
    items: int = 1
    clock: Callable[[], float] = tree_cpu
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    async def measure(self, number: int) -> object:
        wall, cpu = time.perf_counter(), self.clock()
        output = await self.work(number)
        self.wall.append((time.perf_counter() - wall) / self.items)
        self.cpu.append((self.clock() - cpu) / self.items)
        return output

    @property
    def rate(self) -> str:
        return f"{1 / statistics.median(self.wall):,.0f}/s"


async def interleaved(sides: Mapping[str, Side], rounds: int) -> None:
    """Measure A B A B ..., after a round to warm up; raises OutputsDiffer when a round's outputs do."""
    for number in range(rounds + 1):
        agree(f"round {number}", {name: await side.measure(number) for name, side in sides.items()})
    for side in sides.values():
        del side.wall[0], side.cpu[0]


def agree(what: str, outputs: Mapping[str, object]) -> None:
    """Raise OutputsDiffer unless all outputs are equal; None has nothing to say."""
    said = {name: output for name, output in outputs.items() if output is not None}
    first = next(iter(said.values()), None)
    if any(output != first for output in said.values()):
        raise OutputsDiffer(f"{what}: " + "; ".join(f"{name} gives {output}" for name, output in said.items()))


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the rounds' ratios: what slows a whole round down does not count."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def told(seconds: Sequence[float]) -> str:
    """The median of so many seconds, readable."""
    middle = statistics.median(seconds)
    return f"{middle * 1e6:.0f} µs" if middle < 1e-3 else f"{middle * 1e3:.1f} ms"


def latencies(name: str, seconds: Sequence[float], detail: str = "") -> list[Figure]:
    """The median and the 99th percentile of so many seconds, to be told only."""
    middle, late = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
    return [
        Figure(f"{name}, median", middle * 1e3, "ms", detail=detail),
        Figure(f"{name}, p99", late * 1e3, "ms", detail=f"of {len(seconds)}"),
    ]
