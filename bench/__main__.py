"""`python -m bench [--json] [PART ...]`: measure against the limits; exit code 1 where one is broken."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench import ack, demo, joining, orchestration, paying, reading, results, verify, waking
from bench.ground import forget_settings, ground, machine
from bench.measuring import Figure, OutputsDiffer
from studio.settings import Settings
from studio.signals import run_until_stopped
from studio.trouble import Trouble

DEMO = "demo"
PARTS: dict[str, Callable[[Settings], Awaitable[list[Figure]]]] = {
    "ack": ack.measure,
    "verify": verify.measure,
    "orchestration": orchestration.measure,
    "history": orchestration.measure_history,
    "results": results.measure,
    "paying": paying.measure,
    "reading": reading.measure,
    "joining": joining.measure,
    "waking": waking.measure,
}


async def measured(parts: Sequence[str]) -> list[Figure]:
    figures: list[Figure] = []
    if quick := [part for part in parts if part != DEMO]:
        async with ground() as settings:
            for part in quick:
                announce(part)
                figures += await PARTS[part](settings)
    if DEMO in parts:
        announce(DEMO)
        figures += await demo.measure()
    return figures


def announce(part: str) -> None:
    print(f"measuring {part} ...", file=sys.stderr)


def show(figures: Sequence[Figure], about: dict[str, str]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("measured", "is", "limit", "", "CPU", ""):
        table.add_column(title, justify="right" if title in ("is", "limit", "CPU") else "left", overflow="fold")
    for one in figures:
        bound = f"{'≥' if one.at_least else '≤'} {one.limit:g}" if one.limit is not None else ""
        verdict = ("ok" if one.ok else "[red]over[/]") if bound else ""
        cpu = f"{one.cpu:.2f}" if one.cpu is not None else ""
        table.add_row(one.name, f"{one.value:.2f} {one.unit}", bound, verdict, cpu, one.detail)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(", ".join(f"{name} {value}" for name, value in about.items()), table, sep="\n\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure against the limits.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join([*PARTS, DEMO])}; all but {DEMO} if none")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    given = parser.parse_args()
    if unknown := set(given.parts) - {*PARTS, DEMO}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    forget_settings()
    about = machine()
    try:
        figures = run_until_stopped(measured(given.parts or list(PARTS)))
    except OutputsDiffer as differ:
        sys.exit(f"The two sides did not do the same: {differ}")
    except Trouble as trouble:
        sys.exit(str(trouble))
    if given.json:
        print(json.dumps({"machine": about, "figures": [asdict(one) | {"ok": one.ok} for one in figures]}))
    else:
        show(figures, about)
    return 0 if all(one.ok for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
