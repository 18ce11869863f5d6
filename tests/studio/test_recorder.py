"""Who records classrooms, as the settings choose, and what a LiveKit server is told of the storage's keys."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from lessons.ports import Classroom, Recorder
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import recorder
from tests.vendors.livekit import KEY, SECRET, LiveKitStandIn, livekit_stand_in, microphone

Own = Callable[..., Settings]
ROOM = Classroom("b1", "tutor-1", "student-1")
ACCESS, PLANTED = "planted-access", "planted-secret-of-s3"
S3 = {"provider": "s3", "endpoint": "https://s3.example", "access_key": ACCESS, "secret_key": PLANTED}


@pytest.fixture
def server() -> Iterator[LiveKitStandIn]:
    with livekit_stand_in() as server:
        server.rooms[ROOM.name] = [microphone(ROOM.tutor, "TR_t"), microphone(ROOM.student, "TR_s")]
        yield server


def chosen(whole: Own, server: LiveKitStandIn, **livekit: str) -> AbstractAsyncContextManager[Recorder | None]:
    rooms = {"url": server.url, "api_key": KEY, "api_secret": SECRET, "recorder": "egress", **livekit}
    return recorder(whole(livekit=rooms, storage=S3))


async def begin(recording: Recorder | None, server: LiveKitStandIn, recordings: int) -> None:
    """Have the room recorded until so many recordings have been asked for."""
    assert recording is not None
    task = asyncio.create_task(recording.record(ROOM, asyncio.Event(), ignore))
    async with asyncio.timeout(30):
        while len(server.egresses) < recordings and not task.done():
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


async def ignore(recorded: bool) -> None:
    """Nobody looks."""


def told(server: LiveKitStandIn) -> bytes:
    """Everything that the server was asked, as it came."""
    return b"".join(request.SerializeToString() for _, request in server.asked)


@pytest.mark.parametrize(("without_v2", "recordings"), [(False, 1), (True, 3)])
async def test_no_key_of_the_storage_is_sent_to_livekit(
    whole: Own, server: LiveKitStandIn, without_v2: bool, recordings: int
) -> None:
    server.without_v2 = without_v2
    async with chosen(whole, server) as recording:
        await begin(recording, server, recordings)
    assert len(server.egresses) == recordings
    assert ACCESS.encode() not in told(server)
    assert PLANTED.encode() not in told(server)


async def test_whoever_wants_it_has_the_keys_sent(whole: Own, server: LiveKitStandIn) -> None:
    async with chosen(whole, server, egress_storage="sent") as recording:
        await begin(recording, server, 1)
    [asked] = server.requests("StartEgress")
    assert (asked.storage.s3.access_key, asked.storage.s3.secret) == (ACCESS, PLANTED)
    assert (asked.storage.s3.bucket, asked.storage.s3.endpoint) == ("recordings", "https://s3.example")


async def test_egress_without_s3_is_told(whole: Own, server: LiveKitStandIn) -> None:
    rooms = {"url": server.url, "api_key": KEY, "api_secret": SECRET, "recorder": "egress"}
    with pytest.raises(Trouble, match="STUDIO_STORAGE__PROVIDER=s3"):
        async with recorder(whole(livekit=rooms, storage={"provider": "disk", "secret_key": "of the disk"})):
            pass
