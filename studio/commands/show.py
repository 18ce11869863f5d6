import asyncio
import sys
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from studio.client import files_of, running_client
from studio.configuration import read_settings
from studio.results import print_results, results_of
from studio.running import find_running


def show(
    lesson_id: Annotated[str, typer.Argument(help="The lesson's id, as `studio lessons` lists it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what a lesson gave, or why it gave nothing."""
    results = asyncio.run(everything_of(lesson_id))
    if as_json:
        sys.stdout.buffer.write(to_json(results) + b"\n")
    else:
        print_results(results)


async def everything_of(lesson_id: str) -> dict[str, Any]:
    settings = read_settings()
    running = find_running(settings.home)
    async with running_client(settings) as client:
        return await results_of(client, lesson_id, files_of(running) if running else None)
