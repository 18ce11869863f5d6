"""A lesson followed live, over a real connection."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from api.services import Services
from db.changes import Changes
from db.lessons import mark_completed, touch
from db.stages import begin_stage
from lessons.messages import Lesson, LessonReport, Stage
from studio.ports import any_port
from tests.api.conftest import School, served
from tests.api.signing import as_, token_of
from tests.rows import a_lesson

Event = dict[str, Any]

LISTENERS = "pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


@pytest.fixture
async def lesson(services: Services) -> Lesson:
    return await a_lesson(services["sessions"])


@asynccontextmanager
async def followed(url: str, lesson: Lesson, **headers: str) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a lesson's event stream."""
    here = f"{url}/api/lessons/{lesson.lesson_id}/events"
    me = as_(lesson.tutor_id) | headers
    async with httpx2.AsyncClient(timeout=30) as client, client.stream("GET", here, headers=me) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield stream.aiter_lines()


async def next_event(lines: AsyncIterator[str]) -> Event:
    """The next event with its fields; comments are passed over."""
    event: Event = {}
    async for line in lines:
        if not line and event:
            return event | {"data": json.loads(event["data"])}
        name, _, value = line.partition(": ")
        if name:
            event[name] = value
    raise EOFError


async def connections_that_listen(services: Services) -> list[int]:
    async with services["sessions"]() as session:
        return list(await session.scalars(text(f"SELECT pid FROM {LISTENERS} ORDER BY pid")))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


async def change(services: Services, lesson: Lesson) -> None:
    async with services["sessions"].begin() as session:
        await touch(session, lesson.lesson_id)


async def test_how_it_is_now_comes_at_once_and_every_change_after_it(services: Services, lesson: Lesson) -> None:
    async with served(services) as url, followed(url, lesson) as lines:
        now = await next_event(lines)
        assert (now["event"], now["id"], now["data"]["version"]) == ("lesson", "1", 1)
        assert now["data"]["id"] == lesson.lesson_id
        async with services["sessions"].begin() as session:
            await begin_stage(session, lesson.lesson_id, Stage.FETCH)
        begun = await next_event(lines)
        assert (begun["id"], begun["data"]["stage"]) == ("2", "fetch")
        async with services["sessions"].begin() as session:
            await mark_completed(session, lesson, LessonReport())
            await touch(session, lesson.lesson_id)
        ended = await next_event(lines)
        assert (ended["data"]["status"], ended["data"]["final"]) == ("completed", True)


async def test_who_comes_back_is_told_what_is_new_only(services: Services, lesson: Lesson) -> None:
    await change(services, lesson)
    async with served(services) as url:
        async with followed(url, lesson, **{"last-event-id": "1"}) as lines:
            assert (await next_event(lines))["id"] == "2"
        async with followed(url, lesson, **{"last-event-id": "2"}) as lines:
            assert (await anext(lines)).startswith(":")
            await change(services, lesson)
            assert (await next_event(lines))["id"] == "3"
        async with followed(url, lesson, **{"last-event-id": "no number"}) as lines:
            assert (await next_event(lines))["id"] == "3"


async def test_many_follow_on_one_connection_to_postgres(services: Services, lesson: Lesson) -> None:
    changes = services["changes"]
    async with served(services) as url:
        await until(lambda: changes.patience > changes.poll)
        before = await connections_that_listen(services)

        async def follow() -> list[str]:
            async with followed(url, lesson) as lines:
                now = await next_event(lines)
                await all_know.wait()
                return [now["id"], (await next_event(lines))["id"]]

        all_know = asyncio.Barrier(11)
        following = [asyncio.create_task(follow()) for _ in range(10)]
        await all_know.wait()
        assert len(changes.followers[lesson.lesson_id]) == 10
        assert await connections_that_listen(services) == before
        await change(services, lesson)
        assert await asyncio.gather(*following) == [["1", "2"]] * 10
    assert changes.followers == {}


async def test_where_postgres_cannot_be_heard_followers_look_for_themselves(services: Services, lesson: Lesson) -> None:
    services["changes"] = Changes(f"postgresql://studio@127.0.0.1:{any_port()}/studio", poll=0.05)
    async with served(services) as url, followed(url, lesson) as lines:
        await next_event(lines)
        await change(services, lesson)
        assert (await next_event(lines))["id"] == "2"


async def test_a_lost_connection_is_taken_up_again(services: Services, lesson: Lesson, school: School) -> None:
    services["changes"] = changes = Changes(school.database_url.replace("+asyncpg", ""), poll=0.05)
    async with served(services) as url, followed(url, lesson) as lines:
        await next_event(lines)
        async with services["sessions"]() as session:
            await until(lambda: changes.patience > changes.poll)
            await session.execute(text(f"SELECT pg_terminate_backend(pid) FROM {LISTENERS}"))
            await until(lambda: changes.patience == changes.poll)
            await until(lambda: changes.patience > changes.poll)
        await change(services, lesson)
        assert (await next_event(lines))["id"] == "2"


async def test_it_ends_when_the_token_does(services: Services, lesson: Lesson) -> None:
    services["changes"] = Changes(f"postgresql://studio@127.0.0.1:{any_port()}/studio", poll=0.05)
    async with served(services) as url:
        token = token_of(lesson.tutor_id, exp=int(time.time()) + 3)
        async with followed(url, lesson, authorization=f"Bearer {token}") as lines:
            assert (await next_event(lines))["id"] == "1"
            with pytest.raises(EOFError):
                await next_event(lines)
