"""When whoever follows a lesson has seen its end, and what she does when nobody answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
import pytest

from studio.client import StudioClient
from studio.following import is_over

COMPLETED_AT, BEFORE, AFTER = "2026-01-05T10:00:00.5Z", "2026-01-05T09:59:00Z", "2026-01-05T10:00:01Z"
EVENT = 'id: 2\ndata: {"version": 2}\n\n'
STREAM = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{EVENT}"
AWAY = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def snapshot(status: str, *notify: dict[str, Any]) -> dict[str, Any]:
    stages = [{"stage": "clip", "status": "done", "ended_at": AFTER}, *({"stage": "notify", **one} for one in notify)]
    final = status != "processing"
    return {"status": status, "final": final, "completed_at": COMPLETED_AT, "stages": stages}


@pytest.mark.parametrize("outcome", ["done", "failed", "cancelled"])
def test_a_completed_lesson_is_over_when_people_have_been_told_or_cannot_be(outcome: str) -> None:
    assert is_over(snapshot("completed", {"status": outcome, "ended_at": AFTER}))


@pytest.mark.parametrize("notify", [[], [{"status": "running", "ended_at": None}]])
def test_a_completed_lesson_is_not_over_while_people_are_told(notify: list[dict[str, Any]]) -> None:
    assert not is_over(snapshot("completed", *notify))


@pytest.mark.parametrize("outcome", ["done", "failed"])
def test_what_people_were_told_before_a_retry_is_not_its_end(outcome: str) -> None:
    assert not is_over(snapshot("completed", {"status": outcome, "ended_at": BEFORE}))


@pytest.mark.parametrize(("status", "over"), [("failed", True), ("cancelled", True), ("processing", False)])
def test_of_another_lesson_nobody_is_told(status: str, over: bool) -> None:
    assert is_over(snapshot(status)) is over


@asynccontextmanager
async def answering(*answers: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A server that gives these answers, one to each request, and then the last one for ever."""
    left = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write((left.pop(0) if len(left) > 1 else left[0]).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client


@pytest.mark.parametrize("trouble", ["", AWAY], ids=["broken", "away"])
async def test_a_lesson_is_followed_again_after_a_while_without_an_answer(trouble: str) -> None:
    async with answering(trouble, STREAM) as client, aclosing(StudioClient(client).follow("a lesson")) as seen:
        assert await anext(seen) == {"version": 2}
