"""The transcript that an earlier step stored."""

import asyncio
from threading import Lock

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from db.recordings import utterances_as_text
from lessons.results import transcript_from
from lessons.transcript import Transcript

READING = Lock()
"""Four hours take 50 MB while they are read, and several steps want them at once."""


async def transcript_of(session: AsyncSession, lesson_id: str) -> Transcript:
    """The lesson's transcript by speaker; ours has the tutor on channel 0 and the student on channel 1."""
    return await asyncio.to_thread(read, await utterances_as_text(session, lesson_id))


def read(stored: str | None) -> Transcript:
    with READING:
        return transcript_from(msgspec.json.decode(stored or "{}"), 1)
