"""All SQL about the files a lesson's recording consists of."""

from collections.abc import Sequence

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import RecordingPart, RefusedFile
from lessons.capture import Part, RecordedFile
from lessons.messages import Lesson
from lessons.ports import Measured

REFUSE = text("""
    INSERT INTO studio.refused_files (lesson_id, key, code, known_seq)
    SELECT :id, :key, :code, coalesce(max(seq), 0) FROM studio.webhook_events WHERE room = :room
    ON CONFLICT DO NOTHING
""")

ACCEPT = text("""
    DELETE FROM studio.refused_files WHERE lesson_id = :id AND key = :key AND NOT EXISTS (
        SELECT FROM studio.webhook_events WHERE room = :room AND kind = 'import' AND seq > known_seq)
""")


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


async def refuse(session: AsyncSession, lesson: Lesson, key: str, code: str) -> None:
    """Note that no lesson can be made of a file: the next import stands in for it. The first word counts."""
    ours = {"id": lesson.lesson_id, "room": lesson.booking_id}
    await session.execute(REFUSE, ours | {"key": key, "code": code})


async def accept(session: AsyncSession, lesson: Lesson, key: str) -> None:
    """Forget that a file was refused, unless an import has come to stand in for it."""
    await session.execute(ACCEPT, {"id": lesson.lesson_id, "room": lesson.booking_id, "key": key})


async def refused_in(session: AsyncSession, lesson_id: str) -> dict[str, int]:
    """The files that were refused, by their keys, and up to which event of the inbox each was told of by then."""
    refused = await session.scalars(select(RefusedFile).where(RefusedFile.lesson_id == lesson_id))
    return {one.key: one.known_seq for one in refused}


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
