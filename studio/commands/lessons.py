import asyncio
import sys
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from studio.client import running_client
from studio.configuration import read_settings


def lessons(
    status: Annotated[str, typer.Option(help="Only those that are processing, completed, failed or cancelled.")] = "",
    most: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the newest lessons."""
    found = asyncio.run(newest(most))
    found = [lesson for lesson in found if status in ("", lesson["status"])]
    if as_json:
        sys.stdout.buffer.write(to_json({"items": found}) + b"\n")
    else:
        sys.stdout.writelines(map(line_of, found))


async def newest(most: int) -> list[dict[str, Any]]:
    async with running_client(read_settings()) as client:
        page: dict[str, list[dict[str, Any]]] = await client.get("/api/lessons", limit=str(most))
    return page["items"]


def line_of(lesson: dict[str, Any]) -> str:
    length = f"{lesson['seconds']:.0f} s" if lesson["seconds"] else ""
    begun = lesson["created_at"][:16].replace("T", " ")
    line = f"{lesson['id']}  {lesson['status']:<10}  {lesson['stage']:<10}  {length:>7}  {begun}  {wrong(lesson)}"
    return line.rstrip() + "\n"


def wrong(lesson: dict[str, Any]) -> str:
    failures = [lesson["error"]] if lesson["error"] else lesson["degraded"]
    return ", ".join(failure["code"] for failure in failures)
