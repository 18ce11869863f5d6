"""All SQL about the files a lesson's recording consists of."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import RecordingPart
from lessons.capture import Part, RecordedFile
from lessons.messages import Lesson
from lessons.ports import Measured

REFUSE = text("""
    INSERT INTO studio.refused_files (lesson_id, key, code, known_seq)
    SELECT :id, :key, :code, coalesce(max(seq), 0) FROM studio.webhook_events WHERE room = :room
    ON CONFLICT DO NOTHING
""")

ACCEPT = text("""
    DELETE FROM studio.refused_files WHERE lesson_id = :id AND key = ANY (CAST(:keys AS text[])) AND NOT EXISTS (
        SELECT FROM studio.webhook_events WHERE room = :room AND kind = 'import' AND seq > known_seq)
""")


PARTS = select(RecordingPart).where(RecordingPart.lesson_id == bindparam("lesson")).order_by(RecordingPart.number)

STEP_ASIDE = text("""
    UPDATE studio.recording_parts SET number = -1 - number WHERE lesson_id = CAST(:lesson AS uuid) RETURNING number
""")
"""Frees the numbers of a lesson's parts for those that it has from now on."""

KEEP = text("""
    INSERT INTO studio.recording_parts (lesson_id, number, key, transcript_key, event_id, egress_id, student_channel,
        reported_bytes, offset_seconds)
    SELECT CAST(:lesson AS uuid), p.* FROM unnest(CAST(:numbers AS int[]), CAST(:keys AS text[]),
        CAST(:transcript_keys AS text[]), CAST(:event_ids AS text[]), CAST(:egress_ids AS text[]),
        CAST(:student_channels AS int[]), CAST(:bytes AS bigint[]), CAST(:offsets AS float8[])) p
    ON CONFLICT (lesson_id, key, transcript_key) DO UPDATE SET number = excluded.number,
        event_id = excluded.event_id, egress_id = excluded.egress_id, student_channel = excluded.student_channel,
        reported_bytes = excluded.reported_bytes, offset_seconds = excluded.offset_seconds
""")

DROP_OTHERS = text("DELETE FROM studio.recording_parts WHERE lesson_id = CAST(:lesson AS uuid) AND number < 0")

MEASURED = text("""
    UPDATE studio.recording_parts SET seconds = :seconds, channels = :channels, has_picture = :has_picture,
        audio_key = :audio_key, audio_sha256 = :audio_sha256, loudness = CAST(:loudness AS float8[])
    WHERE lesson_id = CAST(:lesson AS uuid) AND number = :number
""")


async def keep_parts(session: AsyncSession, lesson_id: str, parts: Sequence[Part]) -> None:
    """Make these the lesson's parts; what was measured of one that stays is kept."""
    lesson = {"lesson": lesson_id}
    had_some = (await session.execute(STEP_ASIDE, lesson)).first()
    await session.execute(
        KEEP,
        lesson
        | {
            "numbers": [part.number for part in parts],
            "keys": [part.file.key for part in parts],
            "transcript_keys": [part.file.transcript_key for part in parts],
            "event_ids": [part.event_id for part in parts],
            "egress_ids": [part.egress_id for part in parts],
            "student_channels": [part.file.student_channel for part in parts],
            "bytes": [part.file.bytes for part in parts],
            "offsets": [part.offset_seconds for part in parts],
        },
    )
    if had_some:
        await session.execute(DROP_OTHERS, lesson)


async def parts_of(session: AsyncSession, lesson_id: str) -> list[Part]:
    """The lesson's parts in order of time."""
    return [part_of(row) for row in await session.scalars(PARTS, {"lesson": lesson_id})]


async def keep_measured(session: AsyncSession, lesson_id: str, number: int, measured: Measured, audio_key: str) -> None:
    """Store what the one pass over a part found."""
    await session.execute(
        MEASURED,
        {
            "lesson": lesson_id,
            "number": number,
            "seconds": measured.seconds,
            "channels": measured.channels,
            "has_picture": measured.video_packets > 0,
            "audio_key": audio_key,
            "audio_sha256": measured.audio_sha256,
            "loudness": list(measured.loudness),
        },
    )


async def refuse(session: AsyncSession, lesson: Lesson, key: str, code: str) -> None:
    """Note that no lesson can be made of a file: the next import stands in for it. The first word counts."""
    ours = {"id": lesson.lesson_id, "room": lesson.booking_id}
    await session.execute(REFUSE, ours | {"key": key, "code": code})


async def accept(session: AsyncSession, lesson: Lesson, keys: Sequence[str]) -> None:
    """Forget that files were refused, unless an import has come to stand in for them."""
    await session.execute(ACCEPT, {"id": lesson.lesson_id, "room": lesson.booking_id, "keys": list(keys)})


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
