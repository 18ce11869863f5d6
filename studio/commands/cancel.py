import asyncio
import sys
from typing import Annotated

import typer

from studio.client import running_client
from studio.configuration import read_settings


def cancel(
    lesson_id: Annotated[str, typer.Argument(help="The lesson's id, as `studio lessons` lists it.")],
) -> None:
    """Stop a lesson wherever it is; what is done stays, and it can be retried."""
    asyncio.run(stop(lesson_id))
    sys.stdout.write(f"Lesson {lesson_id} is being cancelled.\n")


async def stop(lesson_id: str) -> None:
    async with running_client(read_settings()) as client:
        await client.post(f"/api/lessons/{lesson_id}/cancel")
