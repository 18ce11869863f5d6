"""Whether the storage has our buckets, and lets us use them."""

import asyncio
import time
from contextlib import suppress

from lessons.errors import OperatorAction, Unavailable
from studio.checking.finding import Finding, fine, wrong
from studio.settings import Disk, Settings
from studio.trouble import Trouble
from studio.wiring import BUCKETS, bucket

PATIENCE = 5.0
TRIED_WITHIN = 15.0
"""Several answers, the first write into a bucket among them, for which a server may have to make room."""

UNREACHED = "Start the storage, or correct STUDIO_STORAGE__ENDPOINT."


async def storage(settings: Settings) -> list[Finding]:
    """What a small object gives that is put into each bucket; a disk is looked at with the machine."""
    if isinstance(settings.storage, Disk):
        return []
    return await asyncio.gather(*(bucket_found(settings, name) for name in BUCKETS))


async def bucket_found(settings: Settings, name: str) -> Finding:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(TRIED_WITHIN):
            await bucket(settings, name).check(keeps_first=name == "recordings" and records_parts(settings))
    except OperatorAction as error:
        said, _, fix = error.detail.partition(": ")
        return wrong("bucket", f"{name} cannot be used ({said})", f"{fix[:1].upper()}{fix[1:]}.")
    except (Unavailable, TimeoutError) as error:
        return wrong("bucket", f"{name} does not answer ({type(error).__name__})", UNREACHED)
    return fine("bucket", f"{name} answers in {(time.monotonic() - begun) * 1000:.0f} ms")


def records_parts(settings: Settings) -> bool:
    """Whether our own recorder puts its parts into the bucket."""
    return settings.livekit.url is not None and settings.livekit.recorder == "participant"


async def refuse_bad_buckets(settings: Settings) -> None:
    """Raise Trouble where a bucket cannot be used until something is mended; one that does not answer may later."""
    for name in BUCKETS:
        try:
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await bucket(settings, name).reach()
        except OperatorAction as error:
            raise Trouble(f"The bucket {name} cannot be used ({error.detail}).") from None
