"""Whether the LiveKit server answers, takes our key, and goes by the same clock."""

import asyncio
import logging
import time

from lessons.errors import OperatorAction, RoomUnavailable
from studio.checking.finding import Finding, fine, off, wrong
from studio.settings import Settings
from studio.wiring import livekit_rooms

UNREACHED = "Start the LiveKit server, or correct STUDIO_LIVEKIT__URL."
AGAIN = 5.0

log = logging.getLogger("studio.rooms")


async def rooms(settings: Settings) -> list[Finding]:
    """What a small question to the server gives."""
    if settings.livekit.url is None:
        return [off("rooms", "STUDIO_LIVEKIT__URL names no server: nobody can meet, recordings can be imported")]
    begun = time.monotonic()
    try:
        async with livekit_rooms(settings) as server:
            await server.look()
    except OperatorAction as error:
        said, _, fix = error.detail.partition(": ")
        return [wrong("rooms", said, f"{fix[:1].upper()}{fix[1:]}.")]
    except RoomUnavailable:
        return [wrong("rooms", f"{settings.livekit.url} does not answer", UNREACHED)]
    return [fine("rooms", f"LiveKit answers in {(time.monotonic() - begun) * 1000:.0f} ms")]


async def log_trouble(settings: Settings) -> None:
    """Log, once the server answers, what an operator has to mend before people can enter."""
    if settings.livekit.url is None:
        return
    while True:
        try:
            async with livekit_rooms(settings) as server:
                await server.look()
            return
        except OperatorAction as error:
            log.error("LiveKit: %s", error.detail)
            return
        except RoomUnavailable:
            await asyncio.sleep(AGAIN)
