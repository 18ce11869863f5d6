import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from studio.children import Part, side_by_side
from studio.trouble import Trouble
from tests.processes import until

NOTES_ITS_ID = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"


def is_noted(file: Path) -> bool:
    return file.exists() and file.read_text() != ""


def noted(file: Path) -> Callable[[], Awaitable[bool]]:
    return partial(asyncio.to_thread, is_noted, file)


def sleeper(file: Path, program: str = NOTES_ITS_ID) -> Part:
    return Part("sleeper", [sys.executable, "-c", program, file], noted(file))


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def test_parts_end_when_the_block_is_left(tmp_path: Path) -> None:
    async with side_by_side([sleeper(tmp_path / "id")], tmp_path, print):
        process = int((tmp_path / "id").read_text())
        assert not is_gone(process)
    assert is_gone(process)


async def test_a_part_that_cannot_start_says_why_and_leaves_none_running(tmp_path: Path) -> None:
    program = "import sys, time; time.sleep(0.5); sys.exit('the well is dry')"
    broken = Part("broken", [sys.executable, "-c", program], noted(tmp_path / "never"))
    with pytest.raises(Trouble, match=r"broken did not start: the well is dry \(see .*broken\.log\)"):
        async with side_by_side([sleeper(tmp_path / "id"), broken], tmp_path, print):
            raise AssertionError("it started")
    assert is_gone(int((tmp_path / "id").read_text()))


async def test_a_part_that_ends_is_started_again_and_said(tmp_path: Path) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    async with side_by_side([sleeper(tmp_path / "id")], tmp_path, said.put_nowait):
        first = int((tmp_path / "id").read_text())
        (tmp_path / "id").unlink()
        os.kill(first, signal.SIGKILL)
        assert (await said.get()).startswith("sleeper ended by itself (SIGKILL) and is started again")
        assert await said.get() == "sleeper runs again"
        second = int((tmp_path / "id").read_text())
        assert second != first
    assert is_gone(second)


async def test_a_start_that_is_cancelled_leaves_none_running(tmp_path: Path) -> None:
    waiting = Part("waiting", [sys.executable, "-c", NOTES_ITS_ID, tmp_path / "id"], noted(tmp_path / "never"))

    async def start() -> None:
        async with side_by_side([waiting], tmp_path, print):
            raise AssertionError("it became ready")

    starting = asyncio.create_task(start())
    await until(lambda: is_noted(tmp_path / "id"))
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert is_gone(int((tmp_path / "id").read_text()))


async def test_what_a_part_says_goes_to_its_log(tmp_path: Path) -> None:
    part = Part(
        "speaker",
        [sys.executable, "-c", "print('hello', flush=True);" + NOTES_ITS_ID, tmp_path / "id"],
        noted(tmp_path / "id"),
    )
    async with side_by_side([part], tmp_path / "logs", print):
        assert (tmp_path / "logs" / "speaker.log").read_text() == "hello\n"
