"""What happened in a classroom, as far as a lesson cares, and when its recording is settled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

LESSONS_NAMESPACE = UUID("5c1f0b4e-6d0a-5b36-9f43-1d3c8a0b7e21")

CLOSING = timedelta(minutes=2)
UPLOADING = timedelta(minutes=30)
GRACE = timedelta(minutes=60)


class EventKind(StrEnum):
    """The events that end a lesson; nothing else is handed to Temporal."""

    ROOM_FINISHED = "room_finished"
    EGRESS_ENDED = "egress_ended"
    RECORDING_READY = "recording_ready"
    IMPORT = "import"


@dataclass(frozen=True)
class RoomEvent:
    """One event, without content. `room` is the booking's id; `egress_id` is empty for room events."""

    id: str
    kind: EventKind
    room: str
    egress_id: str = ""
    status: str = ""


@dataclass(frozen=True)
class RecordedFile:
    """One file of a recording: its key in storage, its reported size, length and beginning (seconds since 1970).

    `student_channel` is 0 (left), 1 (right) or None where the speakers are mixed; `transcript_key` names a
    transcript to use instead of listening.
    """

    key: str = ""
    bytes: int | None = None
    seconds: float = 0.0
    started_at: float = 0.0
    student_channel: int | None = 1
    transcript_key: str = ""


@dataclass(frozen=True)
class Arrival:
    """An event as the inbox keeps it, with the files it reports."""

    event: RoomEvent
    files: tuple[RecordedFile, ...] = ()


@dataclass(frozen=True)
class Part:
    """One file of a lesson on the lesson's timeline; what fetch measures is empty before."""

    number: int
    event_id: str
    egress_id: str
    file: RecordedFile
    offset_seconds: float = 0.0
    seconds: float = 0.0
    channels: int = 0
    has_picture: bool = False
    audio_key: str = ""
    audio_sha256: str = ""


def lesson_id_of(booking_id: str) -> str:
    """The lesson's id, which is also that of its row in lesson_recordings: uuid5 of the booking's."""
    return str(uuid5(LESSONS_NAMESPACE, booking_id))


def settles_at(arrived: Mapping[RoomEvent, datetime], booked_until: datetime) -> datetime:
    """Until when to wait for further events; a moment in the past means that the recording is settled.

    An import or the recorder's own word settles at once, and so do a closed room and an ended recording, in
    either order. One without the other waits: for the room a moment, for the recording as long as an upload
    may take and the booking could still be held.
    """
    first = {kind: min((at for e, at in arrived.items() if e.kind is kind), default=None) for kind in EventKind}
    closed, ended = first[EventKind.ROOM_FINISHED], first[EventKind.EGRESS_ENDED]
    if first[EventKind.IMPORT] or first[EventKind.RECORDING_READY] or (closed and ended):
        return datetime.min.replace(tzinfo=UTC)
    if ended:
        return ended + CLOSING
    if closed:
        return max(closed + UPLOADING, booked_until + GRACE)
    return booked_until + GRACE


def parts_of(arrivals: list[Arrival]) -> list[Part]:
    """The lesson's files, each once, on one timeline that begins with the first.

    A file whose beginning is not known follows the one that arrived before it.
    """
    seen: dict[tuple[str, str], tuple[Arrival, RecordedFile]] = {}
    for arrival in arrivals:
        for file in arrival.files:
            seen.setdefault((file.key, file.transcript_key), (arrival, file))
    begin = min((file.started_at for _, file in seen.values() if file.started_at), default=0.0)
    placed: list[Part] = []
    until = 0.0
    for arrival, file in seen.values():
        offset = file.started_at - begin if file.started_at else until
        placed.append(Part(0, arrival.event.id, arrival.event.egress_id, file, offset))
        until = offset + file.seconds
    ordered = sorted(placed, key=lambda part: part.offset_seconds)
    return [replace(part, number=number) for number, part in enumerate(ordered)]


def lesson_is_late(arrivals: list[Arrival], known: list[Part]) -> bool:
    """Whether the inbox reports a file that is none of the lesson's parts."""
    have = {(part.file.key, part.file.transcript_key) for part in known}
    return any((file.key, file.transcript_key) not in have for one in arrivals for file in one.files)


def part_at(parts: list[Part], start: float, end: float) -> Part | None:
    """The part that holds a whole span of the lesson, if one does; one of unknown length reaches to the next."""
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        until = part.offset_seconds + part.seconds if part.seconds else float("inf")
        limit = min(until, following.offset_seconds if following else float("inf"))
        if part.offset_seconds <= start and end <= limit + 0.5:
            return part
    return None
