import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from lessons.messages import LessonStatus
from studio.client import StudioClient, running_client
from studio.configuration import read_settings

PAGE = 100


def lessons(
    status: Annotated[LessonStatus | None, typer.Option(help="Only those of which this is so.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the newest lessons."""
    found = asyncio.run(newest(most, status))
    if as_json:
        sys.stdout.buffer.write(to_json({"items": found}) + b"\n")
    else:
        sys.stdout.writelines(map(line_of, found))


async def newest(most: int, status: LessonStatus | None) -> list[dict[str, Any]]:
    """The newest lessons of a status, or of any; page after page is asked for until there are enough."""
    found: list[dict[str, Any]] = []
    async with running_client(read_settings()) as client:
        async for page in pages(client, most if status is None else PAGE):
            found += [lesson for lesson in page if status in (None, lesson["status"])]
            if len(found) >= most:
                break
    return found[:most]


async def pages(client: StudioClient, size: int) -> AsyncIterator[list[dict[str, Any]]]:
    query = {"limit": str(size)}
    while True:
        page = await client.get("/api/lessons", **query)
        yield page["items"]
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def line_of(lesson: dict[str, Any]) -> str:
    length = f"{lesson['seconds']:.0f} s" if lesson["seconds"] else ""
    begun = lesson["created_at"][:16].replace("T", " ")
    line = f"{lesson['id']}  {lesson['status']:<10}  {lesson['stage']:<10}  {length:>7}  {begun}  {wrong(lesson)}"
    return line.rstrip() + "\n"


def wrong(lesson: dict[str, Any]) -> str:
    failures = [lesson["error"]] if lesson["error"] else lesson["degraded"]
    return ", ".join(failure["code"] for failure in failures)
