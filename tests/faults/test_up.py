import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from studio.commands.up import show
from studio.ports import USUAL, any_port, is_free
from studio.running import Running
from tests.livekit.conftest import livekit_is_here as livekit_is_here
from tests.livekit.servers import livekit_program
from tests.processes import last_word_of, lives, tree_of, until

ROOT = Path(__file__).parents[2]
PATH = "/usr/bin:/bin"


def environment(home: Path, path: str = PATH) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": path, "STUDIO_HOME": str(home)}


def studio(*argv: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio", *argv]
    return subprocess.run(command, cwd=home.parent, env=environment(home), capture_output=True, text=True)


@pytest.fixture
def home(home: Path) -> Path:
    """A folder for a studio, whose ports are not the usual ones: someone may run a studio while these tests run."""
    home.mkdir()
    (home / "ports.json").write_text(json.dumps({part: any_port() for part in USUAL}))
    return home


@contextmanager
def up(home: Path, path: str = PATH) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A studio of its own command, and what it says when it is ready."""
    command = [sys.executable, "-m", "studio", "up", "--json"]
    with subprocess.Popen(
        command, cwd=home.parent, env=environment(home, path), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def not_fine(home: Path) -> dict[str, str]:
    """What `studio doctor` says of the parts that are not fine."""
    examined = json.loads(studio("doctor", "--json", home=home).stdout)
    return {one["part"]: one["said"] for one in examined["findings"] if one["state"] != "fine"}


async def entered(api: str, link: str) -> dict[str, Any]:
    """What lets whoever has this link into its room."""
    page, _, token = link.partition("#t=")
    async with httpx2.AsyncClient(base_url=api, headers={"authorization": f"Bearer {token}"}) as http:
        assert (await http.get(page)).status_code == 200
        answer = await http.post(f"/api/bookings/{page.split('/')[-2]}/room")
    assert answer.status_code == 200, answer.text
    entrance: dict[str, Any] = answer.json()
    return entrance


async def killed_and_started_again(part: str, tree: int) -> None:
    [before] = [one for one in tree_of(tree) if last_word_of(one) == part]
    before.kill()
    await until(lambda: part in [last_word_of(one) for one in tree_of(tree) if one != before])


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def test_a_studio_is_found_used_examined_and_stopped(home: Path) -> None:
    with up(home) as (process, told):
        assert json.loads((home / "run.json").read_text()) == told
        async with httpx2.AsyncClient() as http:
            assert (await http.get(f"{told['api']}/readyz")).status_code == 200
            assert (await http.get(told["docs"])).status_code == 200
        assert not_fine(home).keys() == {"rooms"}, "there is no livekit-server on this PATH"
        refused = studio("up", home=home)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"A studio already runs in {home} (process {process.pid})")
        await killed_and_started_again("api", process.pid)
        await killed_and_started_again("worker", process.pid)
        await until(lambda: not_fine(home).keys() == {"rooms"})
        tree = tree_of(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert not any(lives(one) for one in tree)
    assert not (home / "run.json").exists()
    assert is_free(port_of(told["api"]))


async def test_a_killed_studio_leaves_no_process_and_the_next_start_has_the_same_addresses(home: Path) -> None:
    with up(home) as (process, before):
        tree = tree_of(process.pid)
        process.kill()
        await until(lambda: not any(lives(one) for one in tree))
    with up(home) as (process, after):
        assert after | {"pid": 0} == before | {"pid": 0}
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0


async def test_a_studio_with_a_livekit_server_tells_both_links_into_a_lesson_and_later_the_same_lesson_s(
    home: Path, livekit_is_here: None
) -> None:
    path = f"{Path(livekit_program() or '').parent}:{PATH}"
    lessons = []
    for _ in range(2):
        with up(home, path) as (process, told):
            assert json.loads((home / "run.json").read_text()) == told
            lessons.append([await entered(told["api"], told[who]) for who in ("tutor_link", "student_link")])
            process.send_signal(signal.SIGTERM)
            assert process.wait() == 0
    [tutor, student] = lessons[0]
    assert (tutor["isTutor"], student["isTutor"], tutor["roomName"]) == (True, False, student["roomName"])
    assert {one["roomName"] for both in lessons for one in both} == {tutor["roomName"]}


@pytest.mark.parametrize(("link", "told"), [("http://127.0.0.1:8000/1/room#t=1", True), (None, False)])
def test_people_are_told_of_a_lesson_where_there_is_one(
    link: str | None, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = Running(1, "home", "api", "docs", "temporal", None, None, None, "database", "ws", link, link)
    show(running, as_json=False)
    printed = capsys.readouterr().out
    assert (printed.count("/room#t=1"), "`studio classroom`" in printed) == ((2, True) if told else (0, False))
