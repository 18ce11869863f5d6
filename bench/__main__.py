"""`python -m bench [--json] [PART ...]`: measure against the limits; exit code 1 where one is broken."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench import ack, orchestration, reading, results, verify
from bench.ground import ground, machine
from bench.measuring import Figure, OutputsDiffer
from studio.settings import Settings
from studio.signals import run_until_stopped

PARTS: dict[str, Callable[[Settings], Awaitable[list[Figure]]]] = {
    "ack": ack.measure,
    "verify": verify.measure,
    "orchestration": orchestration.measure,
    "history": orchestration.measure_history,
    "results": results.measure,
    "reading": reading.measure,
}
USUALLY = tuple(PARTS)


async def measured(parts: list[str]) -> list[Figure]:
    async with ground() as settings:
        return [figure for part in parts for figure in await told(part, settings)]


async def told(part: str, settings: Settings) -> list[Figure]:
    print(f"measuring {part} ...", file=sys.stderr, flush=True)
    return await PARTS[part](settings)


def show(figures: list[Figure], about: dict[str, str]) -> None:
    table = Table(caption=" · ".join(f"{name} {value}" for name, value in about.items()))
    for title in ("measured", "is", "limit", "", "CPU", ""):
        table.add_column(title, justify="right" if title in ("is", "limit", "CPU") else "left")
    for one in figures:
        bound = f"{'>=' if one.at_least else '<='} {one.limit:g}" if one.limit is not None else ""
        cpu = f"{one.cpu:.2f}" if one.cpu is not None else ""
        verdict = ("ok" if one.ok else "[red]over[/]") if bound else ""
        table.add_row(one.name, f"{one.value:.2f} {one.unit}", bound, verdict, cpu, one.detail)
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure against the limits.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all that are quick if none is named")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    given = parser.parse_args()
    about = machine()
    try:
        figures = run_until_stopped(measured(given.parts or list(USUALLY)))
    except OutputsDiffer as differ:
        sys.exit(f"The two sides did not do the same: {differ}")
    if given.json:
        print(json.dumps({"machine": about, "figures": [asdict(one) | {"ok": one.ok} for one in figures]}))
    else:
        show(figures, about)
    return 0 if all(one.ok for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
