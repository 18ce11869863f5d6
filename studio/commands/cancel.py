import asyncio
import json
import sys
from typing import Annotated

import typer

from lessons.messages import LessonStatus
from studio.client import running_client
from studio.configuration import read_settings

ENDED = (LessonStatus.COMPLETED, LessonStatus.CANCELLED)


def cancel(
    lesson_id: Annotated[str, typer.Argument(help="The lesson's id, as `studio lessons` lists it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Stop a lesson wherever it is; what is done stays, and it can be retried."""
    before = asyncio.run(stop(lesson_id))
    became = f"has already ended: it is {before}" if before in ENDED else "is being cancelled"
    told = json.dumps({"lesson_id": lesson_id, "was": before, "cancelling": before not in ENDED})
    sys.stdout.write(f"{told}\n" if as_json else f"Lesson {lesson_id} {became}.\n")


async def stop(lesson_id: str) -> LessonStatus:
    """Ask for the lesson to be cancelled; return what it was before. One that failed waits, and can be stopped."""
    async with running_client(read_settings()) as client:
        before = await client.get(f"/api/lessons/{lesson_id}")
        await client.post(f"/api/lessons/{lesson_id}/cancel")
    return LessonStatus(before["status"])
