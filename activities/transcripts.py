"""The transcript that an earlier step stored."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from db.recordings import results_of
from lessons.results import transcript_from
from lessons.transcript import Transcript


async def transcript_of(session: AsyncSession, lesson_id: str) -> Transcript:
    """The lesson's transcript by speaker; ours has the tutor on channel 0 and the student on channel 1."""
    return await asyncio.to_thread(transcript_from, await results_of(session, lesson_id), 1)
