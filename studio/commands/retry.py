import sys
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from lessons.messages import Stage
from studio.client import StudioClient, running_client
from studio.configuration import read_settings
from studio.following import until_over
from studio.results import failures_of
from studio.signals import run_until_stopped
from studio.trouble import Trouble


def retry(
    lesson_id: Annotated[str, typer.Argument(help="The lesson's id, as `studio lessons` lists it.")],
    from_stage: Annotated[
        Stage | None, typer.Option("--from", help="Where to begin; where it failed if left out.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Follow the lesson until it is over.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the lesson as one JSON object.")] = False,
) -> None:
    """Go on with a lesson that failed, was cancelled, or lacks something."""
    over = run_until_stopped(go_on(lesson_id, from_stage, wait, show=not as_json))
    if as_json:
        sys.stdout.buffer.write(to_json(over) + b"\n")
    elif wait:
        sys.stdout.writelines(f"{line}\n" for line in (f"Lesson {lesson_id} is {over['status']}.", *failures_of(over)))
    else:
        sys.stdout.write(f"Lesson {lesson_id} is on its way.\n")
    if wait and over["status"] != "completed":
        raise typer.Exit(1)


async def go_on(lesson_id: str, from_stage: Stage | None, wait: bool, show: bool) -> dict[str, Any]:
    """Ask for the lesson to go on; return it as it is when that has begun, or when it is over."""
    async with running_client(read_settings()) as client:
        before = await client.get(f"/api/lessons/{lesson_id}")
        await client.post(f"/api/lessons/{lesson_id}/retry", {"from_stage": from_stage})
        moved = await moved_on(client, lesson_id, before["version"])
        return await until_over(client, lesson_id, show) if wait else moved


async def moved_on(client: StudioClient, lesson_id: str, version: int) -> dict[str, Any]:
    """The lesson after this version: one that has ended stays so until its first step begins."""
    async for snapshot in client.follow(lesson_id):
        if snapshot["version"] > version:
            return snapshot
    raise Trouble("The studio stopped telling how the lesson goes: look at `studio show`.")
