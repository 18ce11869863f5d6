import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from studio.configuration import read_settings
from studio.inviting import Invitation, book
from studio.locating import located
from studio.trouble import Trouble


def classroom(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Book a lesson that begins now, and print the links by which tutor and student enter its room."""
    settings = located(read_settings())
    if settings.database.url and settings.livekit.url is None:
        raise Trouble("Nobody can meet: set STUDIO_LIVEKIT__URL, or put livekit-server on the PATH of `studio up`.")
    booked = asyncio.run(book(settings))
    if as_json:
        sys.stdout.write(json.dumps(asdict(booked) | {"until": booked.until.isoformat()}) + "\n")
    else:
        show(booked)


def show(booked: Invitation) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print("[bold green]A lesson begins now[/]; open one link in each of two windows\n")
    for who, link in (("tutor", booked.tutor), ("student", booked.student)):
        console.print(f"  [bold]{who:<8}[/] {link}")
