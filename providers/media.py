"""Recordings read by PyAV, in a child process that a bad file may take down alone."""

from pathlib import Path

from lessons.ports import Measured, Progress
from providers.children import ask


class PyAvMediaReader:
    """A MediaReader; what is not AAC becomes AAC, and memory stays flat at any length."""

    async def read(self, url: str, audio_into: Path, progress: Progress) -> Measured:
        answer = await ask("providers.media_child", {"url": url, "into": str(audio_into)}, progress)
        return Measured(**{**answer, "loudness": tuple(answer["loudness"])})
