"""Deepgram calls back: whoever knows the secret is believed, once, and the lesson that waits goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.ledger import Ledgers
from activities.speech import Speech
from api.services import Services
from db.models import ProviderCall
from db.parts import keep_measured, keep_parts
from db.recordings import keep_recording, results_as_text
from db.session import Sessions, open_sessions
from lessons.calls import Call
from lessons.capture import EventKind, Part, RecordedFile
from lessons.messages import Fetched, Lesson, Nothing, Stage
from lessons.ports import Measured
from providers.deepgram import DeepgramTranscriber
from providers.disk import DiskFileStore
from tests.activities.scenes import held
from tests.api.conftest import asked, served, services_on
from tests.processes import until
from tests.rows import a_lesson, all_rows
from tests.vendors.deepgram import KEY, DeepgramStandIn, Fault, Said, deepgram_stand_in, refusal
from tests.workflows.conftest import Classroom, Handle, an_event
from tests.workflows.scripted import Script, all_answers
from workers.roster import Post
from workers.run import worker
from workflows.asking import AI, LESSONS, MEDIA
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options

CALL = Call("deepgram", "transcribe", "nova-3", "1", "content")
HOOK = "/api/webhooks/deepgram"
TALK = (Said(0, 1.0, "What did you do?"), Said(1, 4.0, "I goed home."))


@pytest.fixture
def server() -> Iterator[DeepgramStandIn]:
    with deepgram_stand_in(*TALK) as running:
        yield running


@pytest.fixture
async def front(sessions: Sessions, database_url: str, tmp_path: Path) -> Services:
    return await services_on(sessions, database_url, tmp_path)


async def calls_in(sessions: Sessions) -> list[ProviderCall]:
    async with sessions() as session:
        return list(await session.scalars(select(ProviderCall)))


async def sent() -> None:
    """Deepgram has accepted the order."""


async def expected(
    sessions: Sessions, secrets: tuple[str, ...] = ("the secret",), patience: timedelta = timedelta(minutes=10)
) -> str:
    """A lesson waits for an answer, ordered under each of these secrets; return the first."""
    lesson = await a_lesson(sessions)
    ledger = Ledgers(sessions, DiskFileStore(Path(), "recordings", "", ""), Path(), {}).of(lesson.lesson_id)
    for secret in secrets:
        assert await ledger.expect([CALL], b"token") == [CALL]
        await ledger.order(CALL, secret, patience, sent)
    return secrets[0]


async def test_only_a_hash_of_the_secret_is_kept(sessions: Sessions) -> None:
    await expected(sessions)
    rows = await all_rows(sessions)
    assert len(rows["studio.callbacks"]) == 1
    assert "the secret" not in str(rows)


async def test_an_unknown_secret_is_not_found_and_nothing_of_the_body_is_read(front: Services) -> None:
    read = []

    async def pieces() -> AsyncIterator[bytes]:
        read.append("a piece")
        yield b"{}"

    async with asked(front) as client:
        answer = await client.post(f"{HOOK}/guessed", content=pieces())
    assert (answer.status_code, answer.json()["code"], read) == (404, "not_found", [])


async def test_a_body_beyond_64_mb_is_refused_and_a_smaller_one_is_read(sessions: Sessions, front: Services) -> None:
    secret = await expected(sessions)
    async with asked(front) as client:
        answer = await client.post(f"{HOOK}/{secret}", content=b" " * ((64 << 20) + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def heard(request_id: str) -> str:
    return json.dumps(
        {"metadata": {"request_id": request_id, "duration": 60, "channels": 2}, "results": {"channels": []}}
    )


async def test_without_temporal_deepgram_is_asked_to_come_again_and_nothing_is_counted_twice(
    sessions: Sessions, front: Services
) -> None:
    secret = await expected(sessions)
    async with asked(front) as client:
        answers = [await client.post(f"{HOOK}/{secret}", content=heard("r1")) for _ in range(2)]
    assert {answer.json()["code"] for answer in answers} == {"temporal_unavailable"}
    [call] = await calls_in(sessions)
    assert (call.state, call.answers, call.seconds, call.request_id) == ("answered", 1, 120.0, "r1")


async def test_the_answer_to_an_earlier_order_is_kept_and_that_to_a_later_one_is_counted_too(
    sessions: Sessions, front: Services
) -> None:
    secrets = ("the secret", "a newer secret")
    await expected(sessions, secrets, patience=timedelta())
    async with asked(front) as client:
        for request_id, secret in zip(("r1", "r2", "r2"), (*secrets, secrets[1]), strict=True):
            await client.post(f"{HOOK}/{secret}", content=heard(request_id))
    [call] = await calls_in(sessions)
    assert (call.asks, call.answers, call.seconds, call.request_id) == (2, 2, 240.0, "r1")


async def test_one_connection_is_enough_for_a_call_back(sessions: Sessions, database_url: str, tmp_path: Path) -> None:
    secret, engine = await expected(sessions), create_async_engine(database_url, pool_size=1, max_overflow=0)
    async with asked(await services_on(open_sessions(engine), database_url, tmp_path)) as client:
        answer = await asyncio.wait_for(client.post(f"{HOOK}/{secret}", content=heard("r1")), 20)
    await engine.dispose()
    assert answer.json()["code"] == "temporal_unavailable"
    assert [call.state for call in await calls_in(sessions)] == ["answered"]


@pytest.mark.parametrize("told", ["-60", "1e308", "1e400"])
async def test_nonsense_about_its_length_loses_no_answer(sessions: Sessions, front: Services, told: str) -> None:
    secret = await expected(sessions)
    async with asked(front) as client:
        await client.post(f"{HOOK}/{secret}", content=heard("r1").replace("60", told))
    [call] = await calls_in(sessions)
    assert (call.answers, call.seconds) == (1, 0.0)


@dataclass
class School:
    """A lesson whose fetch has been scripted, and which is then really heard by a Deepgram that calls back."""

    server: DeepgramStandIn
    sessions: Sessions
    lesson: Lesson
    room: Classroom
    front: str
    script: Script = field(default_factory=Script)

    async def ordered(self, count: int = 1) -> None:
        await until(lambda: len(self.server.held) == count)

    async def call_back(self) -> list[int]:
        return await asyncio.to_thread(self.server.call_back)

    async def begun_again(self, from_stage: Stage) -> Handle:
        """Another run of the lesson, whose order or transcription is under way."""
        lesson = replace(self.lesson, from_stage=from_stage)
        start = start_options(lesson, "studio")
        handle = await self.room.client.start_workflow(ProcessLessonWorkflow.run, lesson, **start)
        while True:
            pending = (await handle.describe()).raw_description.pending_activities
            if any(
                one.activity_type.name in ("order", "transcribe") and one.HasField("last_started_time")
                for one in pending
            ):
                return handle
            await asyncio.sleep(0.02)

    async def words(self) -> int:
        async with self.sessions() as session:
            results = json.loads(await results_as_text(session, self.lesson.lesson_id) or "")
        return sum(len(one["words"]) for one in results["utterances"])


@asynccontextmanager
async def a_school(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal: str, home: Path, parts: int
) -> AsyncIterator[School]:
    services = await services_on(sessions, database_url, home)
    client = await Client.connect(temporal, data_converter=pydantic_data_converter)
    services["temporal"] = client
    lesson = await a_lesson(sessions)
    async with AsyncExitStack() as running:
        front = await running.enter_async_context(served(services))
        store = DiskFileStore(home / "files", "recordings", front, "a secret of files")
        await fetched(sessions, store, lesson, home, parts)
        listener = DeepgramTranscriber(KEY, server.base_url, delivery="callback")
        ledgers = Ledgers(sessions, store, home, {})
        speech = Speech(sessions, store, listener, ledgers, listener, f"{front}{HOOK}")
        script = Script(fetched=Fetched(seconds=60.0, calls_back=True))
        recordings, _, *others = all_answers(script)
        for queue in (LESSONS, AI, MEDIA):
            flows: list[type] = [ProcessLessonWorkflow] if queue is LESSONS else []
            post = Post(queue, [recordings, speech, *others], 20, flows)
            await running.enter_async_context(worker(client, post))
        handle = await client.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
        await handle.signal(ProcessLessonWorkflow.room_event, an_event(lesson, EventKind.IMPORT))
        yield School(server, sessions, lesson, Classroom(client, script, lesson, handle), front, script)
        await handle.cancel()
        await asyncio.gather(handle.result(), return_exceptions=True)


async def fetched(sessions: Sessions, store: DiskFileStore, lesson: Lesson, home: Path, count: int) -> None:
    """The lesson's parts have been measured and their sound is stored."""
    sound = home / "sound.m4a"
    sound.write_bytes(b"sound" * 1000)
    parts = [Part(at, f"EV_{at}", "EG_1", RecordedFile(f"{at}.mp4"), offset_seconds=60.0 * at) for at in range(count)]
    async with sessions.begin() as session:
        await keep_recording(session, lesson, parts)
        await keep_parts(session, lesson.lesson_id, parts)
        for part in parts:
            measured = Measured(60.0, 60.0, 9, 1, 1, 2, (-20.0, -20.0), audio_sha256=f"sha of {part.number}")
            key = f"lessons/{lesson.lesson_id}/audio-{part.number}.m4a"
            await keep_measured(session, lesson.lesson_id, part.number, measured, key)
            await store.put(key, sound, "audio/mp4")


async def test_a_lesson_waits_for_the_call_back_of_every_part_and_pays_once(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.holds = True
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=2) as school:
        await school.ordered(2)
        first, second = server.held
        assert await asyncio.to_thread(server.post, *first) == 200
        assert [call.state for call in sorted(await calls_in(sessions), key=lambda one: one.state)] == [
            "answered",
            "asked",
        ]
        assert await asyncio.gather(*(asyncio.to_thread(server.post, *second) for _ in range(3))) == [200] * 3
        await school.room.handle.result()
        assert await school.words() == 14
        assert await asyncio.to_thread(server.post, *first) == 200
    assert len(server.listened) == 2
    assert [(call.asks, call.answers, call.seconds) for call in await calls_in(sessions)] == [(1, 1, 120.0)] * 2


async def test_a_call_back_of_the_wrong_shape_is_refused_and_the_lesson_asks_and_waits_instead(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.holds = True
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=1) as school:
        await school.ordered()
        [(url, _)] = server.held
        async with httpx2.AsyncClient() as client:
            answer = await client.post(url, content=b"<html>")
        assert (answer.status_code, answer.json()["code"]) == (400, "unparsable")
        await school.room.handle.result()
        assert await school.words() == 7
    [call] = await calls_in(sessions)
    assert (call.asks, call.answers, call.failures, len(server.listened)) == (2, 1, 1, 2)


async def test_what_comes_back_after_somebody_has_withdrawn_is_not_kept_and_the_lesson_ends_without_it(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.holds = True
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=1) as school:
        await school.ordered()
        await held(sessions, school.lesson, tutor=True, student=False)
        assert await school.call_back() == [200]
        report = await school.room.handle.result()
        assert (report.nothing, school.script.asked["extract"]) == (Nothing.NO_AI_CONSENT, 0)
        async with sessions() as session:
            assert await results_as_text(session, school.lesson.lesson_id) is None
    [call] = await calls_in(sessions)
    assert (call.state, call.code, call.body, call.body_key) == ("failed", "consent_withdrawn", None, None)
    assert len(server.listened) == 1


async def test_an_order_for_which_there_is_no_room_is_put_again_when_there_is(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.script.append(Fault(429, headers={"Retry-After": "1"}))
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=1) as school:
        await school.room.handle.result()
        assert await school.words() == 7
    assert [one.named("callback") != [] for one in server.listened] == [True, True]
    [call] = await calls_in(sessions)
    assert (call.asks, call.answers, call.failures) == (2, 1, 1)


async def test_an_order_that_is_refused_is_asked_for_and_waited_for(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.script.append(refusal(400, "Bad Request", "Invalid callback"))
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=1) as school:
        await school.room.handle.result()
        assert await school.words() == 7
    assert [one.named("callback") != [] for one in server.listened] == [True, False]


async def test_a_lesson_that_waits_can_be_cancelled_at_once(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.holds = True
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=1) as school:
        await school.ordered()
        await school.room.handle.cancel()
        await asyncio.gather(school.room.handle.result(), return_exceptions=True)
        assert await school.call_back() == [200]
        assert school.script.asked["mark_cancelled"] == 1
    [call] = await calls_in(sessions)
    assert (call.state, call.answers) == ("answered", 1)


async def test_a_part_that_is_not_accepted_costs_no_other_part_a_second_request(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.holds = True
    server.script.extend([None, Fault(503)])
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=3) as school:
        await school.ordered(2)
        assert await school.call_back() == [200, 200]
        await school.room.handle.result()
        assert await school.words() == 21
    assert [one.named("callback") != [] for one in server.listened] == [True, True, True, False]
    counts = sorted((call.asks, call.answers, call.failures) for call in await calls_in(sessions))
    assert counts == [(1, 1, 0), (1, 1, 0), (2, 1, 1)]


async def test_a_call_back_of_no_use_costs_no_other_part_a_second_request(
    server: DeepgramStandIn, sessions: Sessions, database_url: str, temporal_server: str, tmp_path: Path
) -> None:
    server.holds = True
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=2) as school:
        await school.ordered(2)
        (url, _), second = server.held
        assert [await asyncio.to_thread(server.post, url, b"<html>") for _ in range(2)] == [400, 400]
        assert await asyncio.to_thread(server.post, *second) == 200
        await school.room.handle.result()
        assert await school.words() == 14
    counts = sorted((call.asks, call.answers, call.failures) for call in await calls_in(sessions))
    assert (counts, len(server.listened)) == ([(1, 1, 0), (2, 1, 1)], 3)


@pytest.mark.parametrize("from_stage", [Stage.FETCH, Stage.TRANSCRIBE])
async def test_a_lesson_that_is_begun_again_waits_for_what_was_ordered_before(
    server: DeepgramStandIn,
    sessions: Sessions,
    database_url: str,
    temporal_server: str,
    tmp_path: Path,
    from_stage: Stage,
) -> None:
    server.holds = True
    async with a_school(server, sessions, database_url, temporal_server, tmp_path, parts=1) as school:
        await school.ordered()
        await school.room.handle.cancel()
        await asyncio.gather(school.room.handle.result(), return_exceptions=True)
        again = await school.begun_again(from_stage)
        assert await school.call_back() == [200]
        await again.result()
        assert await school.words() == 7
    [call] = await calls_in(sessions)
    assert (call.asks, call.answers, len(server.listened)) == (1, 1, 1)
