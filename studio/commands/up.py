import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from studio.configuration import read_settings
from studio.embedded import whole_studio
from studio.running import Running
from studio.settings import Settings
from studio.signals import run_until_stopped
from studio.telling import tell


def up(
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when all is ready.")] = False,
) -> None:
    """Run a whole studio on this machine until Ctrl-C."""
    try:
        run_until_stopped(stay(read_settings(), as_json))
    except KeyboardInterrupt:
        tell("stopped")


async def stay(settings: Settings, as_json: bool) -> None:
    async with whole_studio(settings, tell) as running:
        show(running, as_json)
        await asyncio.Event().wait()


def show(running: Running, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(running)) + "\n")
        sys.stdout.flush()
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print("[bold green]TutorLingua Studio is ready[/]; Ctrl-C stops it\n")
    for name, place in places(running).items():
        console.print(f"  [bold]{name:<18}[/] {escape(place)}")
    if running.tutor_link:
        console.print("\nA lesson is on now: open both links, each in a window; `studio classroom` books another one")


def places(running: Running) -> dict[str, str]:
    found = {
        "API": running.docs,
        "Temporal Web UI": running.temporal_ui,
        "Mail inbox": running.inbox,
        "Classrooms": running.livekit,
        "Tutor's link": running.tutor_link,
        "Student's link": running.student_link,
        "Database": running.database,
        "Files and logs": running.home,
    }
    return {name: place for name, place in found.items() if place}
