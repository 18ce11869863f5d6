import asyncio
import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from studio.configuration import read_settings
from studio.locating import located
from studio.seed import STUDENT, TUTOR, add_lesson_now
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import hours_of, room_links


def classroom(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Book a lesson that begins now, and print the links by which tutor and student enter its room."""
    booked = asyncio.run(book(located(read_settings())))
    if as_json:
        sys.stdout.write(json.dumps(booked) + "\n")
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print("[bold green]A lesson begins now[/]; open one link in each of two windows\n")
    for who in ("tutor", "student"):
        console.print(f"  [bold]{who:<8}[/] {booked[who]}")


async def book(settings: Settings) -> dict[str, str]:
    """The booking's id, the link of each of the two, and until when they are good; raises Trouble."""
    if settings.database.url is None:
        raise Trouble("No studio runs here: start one with `studio up`, or name its database in STUDIO_DATABASE__URL.")
    booking_id, ends_at = await add_lesson_now(settings.database.plain_url)
    until, links = ends_at + hours_of(settings.classroom).after, room_links(settings)
    return {
        "booking_id": booking_id,
        "tutor": links.link_for(booking_id, TUTOR, until),
        "student": links.link_for(booking_id, STUDENT, until),
        "until": until.isoformat(),
    }
