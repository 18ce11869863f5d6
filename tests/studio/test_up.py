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

from studio.ports import USUAL, any_port, is_free
from tests.processes import last_word_of, lives, tree_of, until

ROOT = Path(__file__).parents[2]


def environment(home: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "STUDIO_HOME": str(home)}


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
def up(home: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A studio of its own command, and what it says when it is ready."""
    command = [sys.executable, "-m", "studio", "up", "--json"]
    with subprocess.Popen(
        command, cwd=home.parent, env=environment(home), stdout=subprocess.PIPE, text=True
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
