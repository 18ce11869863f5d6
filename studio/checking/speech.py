"""Whether the provider of speech answers, and what is left of its account."""

import asyncio
import time

from lessons.errors import LessonError, OperatorAction, Unavailable
from studio.checking.finding import Finding, fine, wrong
from studio.settings import LocalSpeech, Settings
from studio.wiring import deepgram

PATIENCE = 10.0


async def speech(settings: Settings) -> list[Finding]:
    """What Deepgram says of the account, which costs nothing; what runs on this machine is looked at with it."""
    chosen = settings.speech
    if isinstance(chosen, LocalSpeech):
        return []
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            left = await deepgram(settings, chosen).balance()
    except (LessonError, TimeoutError) as error:
        why = error.detail if isinstance(error, LessonError) else "no answer in time"
        return [wrong("speech", f"{chosen.base_url} is of no use ({why})", fix_of(error))]
    return [fine("speech", f"Deepgram answers in {(time.perf_counter() - begun) * 1000:.0f} ms; {left}")]


def fix_of(error: Exception) -> str:
    match error:
        case OperatorAction():
            return "Correct the setting that is named, or what the account may do."
        case Unavailable() | TimeoutError():
            return "See that the server can be reached, or correct STUDIO_SPEECH__BASE_URL."
        case _:
            return "Correct STUDIO_SPEECH__BASE_URL."
