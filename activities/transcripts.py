"""The transcript that an earlier step stored."""

import asyncio

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from db.recordings import utterances_as_text
from lessons.results import transcript_from
from lessons.transcript import Transcript


async def transcript_of(session: AsyncSession, lesson_id: str) -> Transcript:
    """The lesson's transcript by speaker; ours has the tutor on channel 0 and the student on channel 1."""
    return await asyncio.to_thread(read, await utterances_as_text(session, lesson_id))


def read(stored: str | None) -> Transcript:
    return transcript_from(msgspec.json.decode(stored or "{}"), 1)
