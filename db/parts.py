"""All SQL about the files a lesson's recording consists of."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import RecordingPart
from lessons.capture import Part, RecordedFile
from lessons.ports import Measured


async def keep_parts(session: AsyncSession, lesson_id: str, parts: Sequence[Part]) -> None:
    """Make these the lesson's parts; what was measured of one that stays is kept."""
    ours = RecordingPart.lesson_id == lesson_id
    await session.execute(update(RecordingPart).where(ours).values(number=-1 - RecordingPart.number))
    for part in parts:
        placed = {
            "number": part.number,
            "event_id": part.event_id,
            "egress_id": part.egress_id,
            "student_channel": part.file.student_channel,
            "reported_bytes": part.file.bytes,
            "offset_seconds": part.offset_seconds,
        }
        row = insert(RecordingPart).values(
            lesson_id=lesson_id, key=part.file.key, transcript_key=part.file.transcript_key, **placed
        )
        await session.execute(
            row.on_conflict_do_update(index_elements=["lesson_id", "key", "transcript_key"], set_=placed)
        )
    await session.execute(delete(RecordingPart).where(ours, RecordingPart.number < 0))


async def parts_of(session: AsyncSession, lesson_id: str) -> list[Part]:
    """The lesson's parts in order of time."""
    rows = await session.scalars(
        select(RecordingPart).where(RecordingPart.lesson_id == lesson_id).order_by(RecordingPart.number)
    )
    return [part_of(row) for row in rows]


async def keep_measured(session: AsyncSession, lesson_id: str, number: int, measured: Measured, audio_key: str) -> None:
    """Store what the one pass over a part found."""
    await session.execute(
        update(RecordingPart)
        .where(RecordingPart.lesson_id == lesson_id, RecordingPart.number == number)
        .values(
            seconds=measured.seconds,
            channels=measured.channels,
            has_picture=measured.video_packets > 0,
            audio_key=audio_key,
            audio_sha256=measured.audio_sha256,
            loudness=list(measured.loudness),
        )
    )


def part_of(row: RecordingPart) -> Part:
    file = RecordedFile(
        key=row.key,
        bytes=row.reported_bytes,
        student_channel=row.student_channel,
        transcript_key=row.transcript_key,
    )
    return Part(
        row.number,
        row.event_id,
        row.egress_id,
        file,
        row.offset_seconds,
        row.seconds or 0.0,
        row.channels or 0,
        bool(row.has_picture),
        row.audio_key or "",
        row.audio_sha256 or "",
    )
