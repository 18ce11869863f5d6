"""What checking and reading a webhook costs the front's process, beside a front that only receives the body."""

from contextlib import AsyncExitStack
from functools import partial

import httpx2

from bench.ground import tell
from bench.measuring import Figure, Side, agree, cpu_of, interleaved, ratio, told
from bench.posting import front_part, posting
from bench.webhooks import PATH, egress_ended
from studio.children import Child
from studio.ports import any_port
from studio.settings import Settings

ROUNDS, COUNT = 25, 1500


async def measure(settings: Settings) -> list[Figure]:
    async with AsyncExitStack() as stack:
        sides = {name: await side(name, settings, stack) for name in ("checking", "empty", "receiving")}
        await interleaved(sides, ROUNDS)
    checking, empty, receiving = sides.values()
    return [
        Figure(
            "CPU of a webhook / an empty POST",
            ratio(checking.cpu, empty.cpu),
            limit=1.5,
            detail=f"{told(checking.cpu)} against {told(empty.cpu)}",
        ),
        Figure("the same by livekit-api", ratio(receiving.cpu, empty.cpu), detail=told(receiving.cpu)),
    ]


async def side(name: str, settings: Settings, stack: AsyncExitStack) -> Side:
    """A front as a process of its own, and someone who posts to it."""
    port = any_port()
    child = Child(front_part(name, port, settings), settings.home / "logs" / f"{name}.log", tell)
    stack.push_async_callback(child.stop)
    await child.start()
    await refuses_forgeries(name, port)
    poster = await stack.enter_async_context(posting(port, settings, ROUNDS + 1, COUNT))
    assert child.process
    return Side(poster.post, COUNT, partial(cpu_of, child.process.pid))


async def refuses_forgeries(name: str, port: int) -> None:
    """Raise OutputsDiffer where a front that should check does not."""
    async with httpx2.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{port}{PATH}", content=egress_ended(0), headers={"authorization": "x.y.z"}
        )
    agree(f"a forged webhook at {name}", {"refused": answer.status_code != 200, "wanted": name != "empty"})
