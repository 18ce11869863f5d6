"""The web front on a real Postgres, asked by people who may see different things."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.ledger import Ledgers
from api.app import create_app
from api.classrooms import Classrooms
from api.doorbell import Doorbell
from api.grouping import GroupedInbox
from api.livekit_keys import LiveKitKeys
from api.room_links import RoomLinks
from api.services import Services
from api.user_tokens import tokens_by_secret
from db.changes import Changes
from db.session import Sessions, open_engine, open_sessions
from lessons.messages import Lesson
from lessons.opt_out import OptOutLinks
from providers.disk import DiskFileStore
from studio.ports import any_port
from tests.api.held import a_held_lesson
from tests.api.pretending import PretendRooms
from tests.api.signing import KEY, PEOPLE_SECRET, SECRET
from tests.conftest import new_database
from tests.rows import People, new_people


def a_store(home: Path) -> DiskFileStore:
    return DiskFileStore(home, "recordings", "http://studio.test", "a secret of files")


async def services_on(sessions: Sessions, database_url: str, home: Path) -> Services:
    """What the front is given, with a Temporal that is not there."""
    store = a_store(home / "files")
    clips = DiskFileStore(store.home, "marketing-clips", store.base_url, store.secret, public=True)
    address = f"127.0.0.1:{any_port()}"
    return Services(
        sessions=sessions,
        inbox=GroupedInbox(sessions),
        changes=Changes(database_url.replace("+asyncpg", "")),
        livekit=LiveKitKeys({KEY: SECRET}),
        classrooms=Classrooms(
            PretendRooms(),
            "ws://livekit.test",
            RoomLinks("http://studio.test", "a secret of links"),
            Doorbell(sessions),
        ),
        users=tokens_by_secret(PEOPLE_SECRET),
        recordings=store,
        buckets={"recordings": store, "marketing-clips": clips},
        temporal=await Client.connect(address, lazy=True, data_converter=pydantic_data_converter),
        temporal_workflows="http://temporal.test/namespaces/default/workflows",
        public_url="http://studio.test",
        mailbox=home / "mail",
        opt_out=OptOutLinks("http://studio.test", "a secret of letters"),
        ledger_of=Ledgers(sessions, store, home, {}).of,
    )


@asynccontextmanager
async def asked(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the front, which runs in this process."""
    app = create_app(services)
    async with app.router.lifespan_context(app) as state:

        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = dict(state or {})
            await app(scope, receive, send)

        transport = httpx2.ASGITransport(front)
        async with httpx2.AsyncClient(transport=transport, base_url=services["public_url"]) as client:
            yield client


def served(services: Services) -> AbstractAsyncContextManager[str]:
    """Serve the front on a port, as it is served to people; its address."""
    return serving(create_app(services))


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a port of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@dataclass(frozen=True)
class School:
    """Two tutors with their students; each has held a lesson with every student of hers."""

    database_url: str
    services: Services
    people: People
    classmate: People
    strangers: People
    lesson: Lesson
    foreign: Lesson


@pytest.fixture(scope="session")
async def school(
    postgres_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[School]:
    """One for all tests that need no database of their own."""
    home = tmp_path_factory.mktemp("school")
    people, strangers, other = new_people(), new_people(), new_people()
    classmate = People(people.tutor, other.student, other.student_user)
    async with new_database(postgres_url, migrated_template) as url:
        engine = open_engine(url)
        sessions, store = open_sessions(engine), a_store(home / "files")
        lesson, _, foreign = [await a_held_lesson(sessions, store, home, one) for one in (people, classmate, strangers)]
        services = await services_on(sessions, url, home)
        yield School(url, services, people, classmate, strangers, lesson, foreign)
        await engine.dispose()


@pytest.fixture(scope="session")
async def visitor(school: School) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the school's front."""
    async with asked(school.services) as client:
        yield client


@pytest.fixture
async def services(school: School, tmp_path: Path) -> Services:
    """What a front of this test's own is given; its database is the school's."""
    return await services_on(school.services["sessions"], school.database_url, tmp_path)


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with asked(services) as client:
        yield client
