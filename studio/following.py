"""Watches a lesson until it is over, and shows it to whoever waits."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from lessons.messages import Stage, StageStatus
from studio.client import StudioClient
from studio.trouble import Trouble

MARKS = {"done": "[green]✓[/]", "running": "[yellow]●[/]", "failed": "[red]✗[/]", "skipped": "–", "cancelled": "–"}
BAR = 24


async def until_over(client: StudioClient, lesson_id: str, show: bool) -> dict[str, Any]:
    """Follow a lesson to its end and return its last snapshot; `show` draws its stages on stderr meanwhile."""
    with stages_drawn(show) as draw:
        async for snapshot in client.follow(lesson_id):
            draw(snapshot)
            if is_over(snapshot):
                return snapshot
    raise Trouble("The studio stopped telling how the lesson goes: look at `studio show`.")


def is_over(snapshot: dict[str, Any]) -> bool:
    """Whether nothing more will happen by itself: people are told after a lesson is completed, each time it is."""
    if not snapshot["final"] or snapshot["status"] != "completed":
        return bool(snapshot["final"])
    told = (datetime.fromisoformat(one["ended_at"]) for one in snapshot["stages"] if has_told(one))
    return any(ended_at >= datetime.fromisoformat(snapshot["completed_at"]) for ended_at in told)


def has_told(stage: dict[str, Any]) -> bool:
    return bool(stage["stage"] == Stage.NOTIFY and stage["status"] != StageStatus.RUNNING)


@contextmanager
def stages_drawn(show: bool) -> Iterator[Any]:
    """What draws a snapshot: a live table at a terminal, otherwise a line per stage that ends."""
    console = Console(stderr=True)
    if not show:
        yield lambda snapshot: None
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=8) as live:
            yield lambda snapshot: live.update(table_of(snapshot))
    else:
        yield Lines().draw


class Lines:
    """Prints every stage once, when it has ended."""

    def __init__(self) -> None:
        self.said: set[tuple[str, str]] = set()

    def draw(self, snapshot: dict[str, Any]) -> None:
        for stage in snapshot["stages"]:
            word = stage["stage"], stage["status"]
            if stage["status"] != "running" and word not in self.said:
                self.said.add(word)
                sys.stderr.write(f"  {stage['stage']:<11} {stage['status']:<9} {sentence_of(stage)}".rstrip() + "\n")
                sys.stderr.flush()


def table_of(snapshot: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    known = {stage["stage"]: stage for stage in snapshot["stages"]}
    for stage in Stage:
        row = known.get(stage)
        mark = MARKS[row["status"]] if row else "·"
        table.add_row(mark, stage.value, bar_of(row) if row else "", sentence_of(row) if row else "")
    return table


def bar_of(row: dict[str, Any]) -> str:
    if row["status"] != "running":
        return ""
    full = round(row["progress"] * BAR)
    return f"[yellow]{'━' * full}[/][dim]{'━' * (BAR - full)}[/] {row['progress']:.0%}"


def sentence_of(row: dict[str, Any]) -> str:
    return f"{row['error']['code']}: {row['error']['sentence']}" if row["error"] else ""
