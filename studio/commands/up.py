import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from studio.configuration import read_settings
from studio.embedded import whole_studio
from studio.running import Running
from studio.settings import Settings
from studio.signals import run_until_stopped


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


def tell(sentence: str) -> None:
    sys.stderr.write(f"studio: {sentence}\n")
    sys.stderr.flush()


def show(running: Running, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(running)) + "\n")
        sys.stdout.flush()
        return
    table = Table(
        box=None, show_header=False, title="TutorLingua Studio is ready; Ctrl-C stops it", title_justify="left"
    )
    for name, place in places(running).items():
        table.add_row(name, place, style=None)
    Console(soft_wrap=True).print(table)


def places(running: Running) -> dict[str, str]:
    return {
        "API": running.api,
        "API documentation": running.docs,
        "Temporal Web UI": running.temporal_ui or "",
        "Mail inbox": running.inbox or "letters are sent by SMTP",
        "Database": running.database,
        "Files and logs": running.home,
    }
