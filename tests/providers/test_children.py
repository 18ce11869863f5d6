"""Children: what they answer, how they fail, and that none is left behind."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from lessons.errors import NoDiskSpace, NotMedia, PartCrashed
from providers.children import ask, reader_of, running

CHILD = "tests.providers.talkative_child"


async def nobody(value: Any) -> None:
    raise AssertionError(value)


def is_running(pid: int) -> bool:
    """A zombie, whose parent has not looked at it yet, does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(pid: int) -> bool:
    async with asyncio.timeout(10):
        while is_running(pid):
            await asyncio.sleep(0.02)
    return True


async def test_a_child_answers_after_telling_how_far_it_is() -> None:
    told: list[Any] = []

    async def remember(value: Any) -> None:
        told.append(value)

    assert await ask(CHILD, {"do": "answer", "value": [1, "ñ"]}, remember) == [1, "ñ"]
    assert told == [{"half": 0.5}]


async def test_a_childs_error_is_raised_with_its_own_type_and_detail() -> None:
    with pytest.raises(NotMedia, match="it is a poem"):
        await ask(CHILD, {"do": "refuse"}, nobody)


async def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(NoDiskSpace):
        await ask(CHILD, {"do": "fill the disk"}, nobody)


async def test_an_unforeseen_error_is_known_by_its_class_alone() -> None:
    with pytest.raises(PartCrashed) as caught:
        await ask(CHILD, {"do": "stumble", "secret": "what Ana said"}, nobody)
    assert "ValueError" in str(caught.value)
    assert "Ana" not in repr(caught.value)


@pytest.mark.parametrize("module", [CHILD, "tests.providers.no_such_child"])
async def test_a_child_that_ends_without_a_word_has_crashed(module: str) -> None:
    with pytest.raises(PartCrashed):
        await ask(module, {"do": "vanish"}, nobody)


async def test_a_cancelled_question_leaves_no_process() -> None:
    pids: asyncio.Queue[int] = asyncio.Queue()
    task = asyncio.create_task(ask(CHILD, {"do": "linger"}, pids.put))
    pid = await pids.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(pid)


async def test_a_child_that_will_not_stop_is_killed() -> None:
    stubborn = ["sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.05; done"]
    async with running(stubborn, patience=0.1) as child:
        assert await reader_of(child).readline() == b"ready\n"
    assert child.returncode == -signal.SIGKILL


async def test_a_child_dies_with_its_parent() -> None:
    program = (
        "import asyncio\nfrom providers.children import ask\n"
        "async def tell(pid): print(pid, flush=True)\n"
        f"asyncio.run(ask({CHILD!r}, {{'do': 'linger'}}, tell))"
    )
    async with running([sys.executable, "-c", program]) as parent:
        pid = int(await reader_of(parent).readline())
        assert is_running(pid)
        parent.kill()
        await parent.wait()
    assert await gone(pid)
