import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from db.session import Sessions
from studio.checking import parts
from studio.checking.finding import Finding, State
from studio.checking.machine import machine
from studio.children import side_by_side
from studio.ports import any_port
from studio.settings import Settings
from studio.temporal import temporal_server
from studio.wiring import ffmpeg_program
from tests.conftest import tell

ROOT = Path(__file__).parents[2]
Own = Callable[..., Settings]


def states(findings: list[Finding]) -> dict[str, State]:
    return {one.part: one.state for one in findings}


async def test_a_migrated_database_is_fine(own: Own, database_url: str) -> None:
    findings = await parts.database(own(database={"url": database_url}))
    assert states(findings) == dict.fromkeys(("database", "tables", "pgvector", "inbox"), State.FINE)


async def test_a_database_without_our_tables_is_told_to_be_migrated(own: Own, empty_database_url: str) -> None:
    *_, last = await parts.database(own(database={"url": empty_database_url}))
    assert (last.part, last.state, last.fix) == ("tables", State.WRONG, "Run `studio migrate`.")


async def test_a_database_that_does_not_answer_is_told_without_its_password(own: Own) -> None:
    url = f"postgresql://me:hunter2@127.0.0.1:{any_port()}/studio"
    [found] = await parts.database(own(database={"url": url}))
    assert found.state is State.WRONG
    assert "STUDIO_DATABASE__URL" in found.fix
    assert "hunter2" not in found.said + found.fix


@pytest.mark.parametrize(("reason", "state"), [("unreadable", State.WRONG), ("unknown_booking", State.FINE)])
async def test_events_that_were_set_aside_are_counted_by_their_reason(
    own: Own, database_url: str, sessions: Sessions, reason: str, state: State
) -> None:
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO studio.webhook_events (id, kind, room, egress_id, status, files, set_aside)"
                " SELECT 'e' || n, 'room_finished', 'nobody', '', '', '[]', :reason FROM generate_series(1, 3) n"
            ),
            {"reason": reason},
        )
    *_, inbox = await parts.database(own(database={"url": database_url}))
    assert (inbox.state, inbox.said) == (state, f"0 waiting; 3 set aside: {reason}")
    assert ("studio release --all" in inbox.fix) == (state is State.WRONG)


@pytest.mark.parametrize(("waited", "state"), [("1 second", State.FINE), ("2 minutes", State.WRONG)])
async def test_events_that_wait_are_counted_and_wrong_when_nobody_relays_them(
    own: Own, database_url: str, sessions: Sessions, waited: str, state: State
) -> None:
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO studio.webhook_events (id, kind, room, received_at)"
                f" VALUES ('EV_1', 'room_finished', 'somebody', now() - interval '{waited}')"
            )
        )
    *_, inbox = await parts.database(own(database={"url": database_url}))
    assert (inbox.state, inbox.said.split(" for ")[0]) == (state, "1 waiting, the oldest")


@pytest.fixture
async def idle_temporal(open_folder: Path) -> AsyncIterator[str]:
    """A Temporal server of its own: the shared one remembers the workers of other tests for minutes."""
    port = any_port()
    server = temporal_server(open_folder / "idle", port, any_port())
    async with side_by_side([server], open_folder / "logs", tell):
        yield f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("rooms", "fix"),
    [
        ({}, "Run `studio worker lessons ai media`."),
        ({"livekit": {"url": "ws://127.0.0.1:1"}}, "Run `studio worker lessons ai media capture`."),
    ],
    ids=["no classrooms", "classrooms to be watched"],
)
async def test_a_temporal_without_workers_is_told_with_the_command_that_starts_them(
    own: Own, idle_temporal: str, rooms: dict[str, Any], fix: str
) -> None:
    temporal, workers = await parts.temporal(own(temporal={"address": idle_temporal}, **rooms))
    assert (temporal.state, workers.state, workers.fix) == (State.FINE, State.WRONG, fix)


async def test_a_temporal_that_does_not_answer_is_told_with_its_setting(whole: Own) -> None:
    [found] = await parts.temporal(whole(temporal={"address": f"127.0.0.1:{any_port()}"}))
    assert found.state is State.WRONG
    assert "STUDIO_TEMPORAL__ADDRESS" in found.fix


async def test_the_packaged_ffmpeg_can_do_all_that_a_clip_needs(whole: Own) -> None:
    assert (await parts.ffmpeg(ffmpeg_program(whole()))).state is State.FINE


@pytest.mark.parametrize(("program", "said"), [("/bin/echo", "lacks ass"), ("/bin/nowhere", "cannot be run")])
async def test_an_ffmpeg_that_will_not_do_is_told(whole: Own, program: str, said: str) -> None:
    found = await parts.ffmpeg(ffmpeg_program(whole(media={"ffmpeg": program})))
    assert found.state is State.WRONG
    assert said in found.said


def test_a_secret_that_can_be_guessed_is_told(whole: Own) -> None:
    found = states(list(machine(whole(auth={"jwt_secret": SecretStr("secret")}), None)))
    assert found["keys"] is State.WRONG


def test_with_nothing_running_the_doctor_finds_a_machine_on_which_a_studio_can_start(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "STUDIO_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "studio", "doctor", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert (done.returncode, told["healthy"]) == (0, True)
    off = [one["part"] for one in told["findings"] if one["state"] == "off"]
    assert off == ["studio", "database", "temporal", "rooms", "api", "mail"]
    assert not (tmp_path / "home").exists()
