import sys
from typing import Annotated, Any

import typer

from lessons.messages import Stage
from studio.client import StudioClient, running_client
from studio.configuration import read_settings
from studio.following import until_over
from studio.signals import run_until_stopped


def retry(
    lesson_id: Annotated[str, typer.Argument(help="The lesson's id, as `studio lessons` lists it.")],
    from_stage: Annotated[
        Stage | None, typer.Option("--from", help="Where to begin; where it failed if left out.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Follow the lesson until it is over.")] = True,
) -> None:
    """Go on with a lesson that failed, was cancelled, or lacks something."""
    over = run_until_stopped(go_on(lesson_id, from_stage, wait))
    sys.stdout.write(f"Lesson {lesson_id} is {over['status']}.\n")
    if wait and over["status"] != "completed":
        raise typer.Exit(1)


async def go_on(lesson_id: str, from_stage: Stage | None, wait: bool) -> dict[str, Any]:
    async with running_client(read_settings()) as client:
        before = await client.get(f"/api/lessons/{lesson_id}")
        await client.post(f"/api/lessons/{lesson_id}/retry", {"from_stage": from_stage})
        await until_moved(client, lesson_id, before["version"])
        return await until_over(client, lesson_id, show=True) if wait else {"status": "on its way"}


async def until_moved(client: StudioClient, lesson_id: str, version: int) -> None:
    """A lesson that has ended stays so until its first step begins."""
    async for snapshot in client.follow(lesson_id):
        if snapshot["version"] > version:
            return
