import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from studio.checking import parts
from studio.checking.finding import Finding, State
from studio.checking.language import language
from studio.checking.machine import machine
from studio.checking.mail import mail
from studio.checking.rooms import rooms
from studio.checking.speech import speech
from studio.checking.storage import storage
from studio.configuration import read_settings
from studio.locating import located
from studio.running import Running, find_running
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import ffmpeg_program

MARKS = {State.FINE: "[green]ok   [/]", State.OFF: "[dim]off  [/]", State.WRONG: "[red]wrong[/]"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Look at every part and name the fix of what is wrong; exit code 1 if something is."""
    findings = asyncio.run(examine(read_settings()))
    healthy = all(one.state is not State.WRONG for one in findings)
    if as_json:
        sys.stdout.write(json.dumps({"healthy": healthy, "findings": [asdict(one) for one in findings]}) + "\n")
    else:
        show(findings)
    if not healthy:
        raise typer.Exit(1)


async def examine(settings: Settings) -> list[Finding]:
    running, complete = found(settings)
    asked = await asyncio.gather(
        parts.database(complete),
        parts.temporal(complete),
        storage(complete),
        language(complete),
        speech(complete),
        rooms(complete),
    )
    return [
        *machine(settings, running),
        *(one for several in asked for one in several),
        await parts.api(running),
        await mail(complete),
        await parts.ffmpeg(ffmpeg_program(settings)),
    ]


def found(settings: Settings) -> tuple[Running | None, Settings]:
    """The studio that runs, and the settings with it; none in a home that cannot be used, of which `machine` tells."""
    try:
        return find_running(settings.home), located(settings)
    except Trouble:
        return None, settings


def show(findings: list[Finding]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for one in findings:
        console.print(f"{MARKS[one.state]} {one.part:<9} {escape(one.said)}")
        if one.fix:
            console.print(f"      [bold]{escape(one.fix)}[/]")
