"""What happened in a classroom, as far as a lesson cares, and when its recording is settled."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from lessons.messages import Nothing

LESSONS_NAMESPACE = UUID("5c1f0b4e-6d0a-5b36-9f43-1d3c8a0b7e21")

CLOSING = timedelta(minutes=2)
UPLOADING = timedelta(minutes=30)
STUCK = timedelta(minutes=10)
"""After such a silence a recording that nobody ended is lost, where its room is closed."""

TUTOR_ALONE, STUDENT_ALONE = -1, -2
"""The `student_channel` of files in which one person alone is heard."""


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

    `student_channel` is 0 (left), 1 (right), None where the speakers are mixed, or TUTOR_ALONE or STUDENT_ALONE;
    `transcript_key` names a transcript to use instead of listening; `truncated` where more was to be recorded;
    the languages are the codes that an import names.
    """

    key: str = ""
    bytes: int | None = None
    seconds: float = 0.0
    started_at: float = 0.0
    student_channel: int | None = 1
    transcript_key: str = ""
    truncated: bool = False
    target_language: str = ""
    native_language: str = ""


class EgressStatus(StrEnum):
    """How LiveKit's recording of a room is doing, in its order: a status is told by its name or by its number.

    Source: https://docs.livekit.io/reference/other/egress/api/#egressstatus
    """

    STARTING = "EGRESS_STARTING"
    ACTIVE = "EGRESS_ACTIVE"
    ENDING = "EGRESS_ENDING"
    COMPLETE = "EGRESS_COMPLETE"
    FAILED = "EGRESS_FAILED"
    ABORTED = "EGRESS_ABORTED"
    LIMIT_REACHED = "EGRESS_LIMIT_REACHED"


class Outcome(StrEnum):
    """What a recording's status means for its files."""

    WAIT = "wait"
    USE = "use"
    LOOK = "look"
    NONE = "none"


OUTCOMES = {
    EgressStatus.STARTING: Outcome.WAIT,
    EgressStatus.ACTIVE: Outcome.WAIT,
    EgressStatus.ENDING: Outcome.WAIT,
    EgressStatus.COMPLETE: Outcome.USE,
    EgressStatus.FAILED: Outcome.LOOK,
    EgressStatus.ABORTED: Outcome.NONE,
    EgressStatus.LIMIT_REACHED: Outcome.USE,
}
"""LOOK stands for: of use if storage has it."""


@dataclass(frozen=True)
class Egress:
    """A recording as LiveKit told of it at `updated_at`, with the files it reported."""

    id: str
    status: EgressStatus | None
    updated_at: datetime
    files: tuple[RecordedFile, ...] = ()


@dataclass(frozen=True)
class Arrival:
    """An event as the inbox keeps it, with the files it reports.

    An import stands in for the files, by their keys, that had been refused before it came.
    """

    event: RoomEvent
    files: tuple[RecordedFile, ...] = ()
    instead_of: frozenset[str] = frozenset()


Telling = tuple[Arrival, RecordedFile]
"""A file, and the event that tells of it."""


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


def settles_at(arrived: Mapping[RoomEvent, datetime], open_until: datetime) -> datetime:
    """Until when to wait for further events; a moment in the past means that the recording is settled.

    An import or the recorder's own word settles at once, and so do a closed room and an ended recording, in
    either order. One without the other waits: for the room a moment, for the recording as long as an upload
    may take and somebody may still enter.
    """
    first = {kind: min((at for e, at in arrived.items() if e.kind is kind), default=None) for kind in EventKind}
    closed, ended = first[EventKind.ROOM_FINISHED], first[EventKind.EGRESS_ENDED]
    if first[EventKind.IMPORT] or first[EventKind.RECORDING_READY] or (closed and ended):
        return datetime.min.replace(tzinfo=UTC)
    if ended:
        return ended + CLOSING
    if closed:
        return max(closed + UPLOADING, open_until)
    return open_until


def status_of(told: str) -> EgressStatus | None:
    """A recording's status by its name or number; None for one that we do not know."""
    numbers = {str(number): status for number, status in enumerate(EgressStatus)}
    names = {status.removeprefix("EGRESS_"): status for status in EgressStatus}
    return numbers.get(told) or names.get(told.upper().removeprefix("EGRESS_"))


def newest(told: Iterable[Egress]) -> list[Egress]:
    """What was told last of each recording, in whatever order it was heard; one that has ended stays so."""
    known: dict[str, Egress] = {}
    for one in told:
        known[one.id] = max(known.get(one.id, one), one, key=age)
    return sorted(known.values(), key=lambda one: one.id)


def age(egress: Egress) -> tuple[bool, datetime, str]:
    return outcome_of(egress) is not Outcome.WAIT, egress.updated_at, egress.status or ""


def outcome_of(egress: Egress, room_is_open: bool = True, now: datetime | None = None) -> Outcome:
    """What a recording means for its files; an unknown status, and one lost without an end, is looked for in storage.

    It is lost where its room is closed and nothing was told of it for long.
    """
    outcome = OUTCOMES[egress.status] if egress.status else Outcome.LOOK
    longest = UPLOADING if egress.status is EgressStatus.ENDING else STUCK
    if outcome is Outcome.WAIT and now and not room_is_open and now - egress.updated_at > longest:
        return Outcome.LOOK
    return outcome


def files_of(egress: Egress, outcome: Outcome, stored: Mapping[str, int | None]) -> list[RecordedFile]:
    """The files of a recording that are of use; `stored` has the sizes of those that were looked for.

    One that was cut short is as large as it is, and is said to be truncated.
    """
    if outcome is Outcome.USE:
        short = egress.status is EgressStatus.LIMIT_REACHED
        return [replace(file, truncated=short) for file in egress.files]
    if outcome is Outcome.LOOK:
        return [replace(file, bytes=stored[file.key], truncated=True) for file in egress.files if stored.get(file.key)]
    return []


def told_by(arrival: Arrival) -> Outcome:
    """What an event means for the files it reports."""
    status = status_of(arrival.event.status)
    if arrival.event.kind is not EventKind.EGRESS_ENDED or not arrival.event.status:
        return Outcome.USE
    return OUTCOMES[status] if status else Outcome.LOOK


def is_final(arrivals: Iterable[Arrival]) -> bool:
    """Whether somebody said that the lesson is over, and not only what happened in its room."""
    return any(one.event.kind in (EventKind.RECORDING_READY, EventKind.IMPORT) for one in arrivals)


def is_of_use(arrival: Arrival) -> bool:
    """Whether the files that an event reports are parts of its lesson, without looking for them in storage."""
    return told_by(arrival) is Outcome.USE


def doubtful(arrivals: Iterable[Arrival]) -> list[RecordedFile]:
    """The files that are of use only if storage has them."""
    return [file for one in arrivals if told_by(one) is Outcome.LOOK for file in one.files]


def as_found(arrival: Arrival, stored: Mapping[str, int | None]) -> Arrival:
    """The event with those of its files that are of use."""
    event, outcome = arrival.event, told_by(arrival)
    status = status_of(event.status)
    egress = Egress(event.egress_id, status, datetime.min.replace(tzinfo=UTC), arrival.files)
    ended = event.kind is EventKind.EGRESS_ENDED
    return replace(arrival, files=tuple(files_of(egress, outcome, stored))) if ended else arrival


def is_import(arrival: Arrival) -> bool:
    return arrival.event.kind is EventKind.IMPORT


def in_force(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """The events with those files that count: an import replaces those before it, and stands in for refused files.

    A classroom's other recordings all stay.
    """
    told = list(arrivals)
    newest = next((one for one in reversed(told) if is_import(one)), None)
    if newest is None:
        return told
    standing = in_place(newest, [one for one in told if not is_import(one)])
    held = [standing if one == newest else one for one in told if one == newest or not is_import(one)]
    return [one if is_import(one) else without(one, newest.instead_of) for one in held]


def in_place(imported: Arrival, others: Iterable[Arrival]) -> Arrival:
    """An import whose beginning is not known begins with what it stands in for."""
    refused = [file for one in others for file in one.files if file.key in imported.instead_of]
    begun = min((file.started_at for file in refused if file.started_at), default=0.0)
    return replace(imported, files=tuple(replace(file, started_at=file.started_at or begun) for file in imported.files))


def without(arrival: Arrival, keys: Container[str]) -> Arrival:
    return replace(arrival, files=tuple(file for file in arrival.files if file.key not in keys))


def parts_of(arrivals: Sequence[Arrival]) -> list[Part]:
    """The lesson's files that are in force, each once, on one timeline that begins with the first.

    One whose beginning is not known follows the one that arrived before it.
    """
    tellings: dict[str, list[Telling]] = {}
    for arrival in in_force(arrivals):
        for file in arrival.files:
            tellings.setdefault(name_of(file), []).append((arrival, file))
    known = [agreed(told) for told in tellings.values()]
    begin = min((file.started_at for _, file in known if file.started_at), default=0.0)
    placed: list[Part] = []
    until = 0.0
    for arrival, file in known:
        offset = file.started_at - begin if file.started_at else until
        placed.append(Part(0, arrival.event.id, arrival.event.egress_id, file, offset))
        until = offset + file.seconds
    ordered = sorted(placed, key=lambda part: part.offset_seconds)
    return [replace(part, number=number) for number, part in enumerate(ordered)]


def name_of(file: RecordedFile) -> str:
    """What a file is known by; a transcript alone by its own key."""
    return file.key or file.transcript_key


def agreed(told: Sequence[Telling]) -> Telling:
    """What is known of a file that is told of more than once: as it is told most fully.

    Who is heard where is what the recorder says of it; above that stands what an import says.
    """
    arrival, file = max(told, key=fullness)
    recorders = [one for one in told if one[0].event.kind is EventKind.RECORDING_READY]
    if recorders:
        _, recorded = max(recorders, key=fullness)
        file = replace(file, student_channel=recorded.student_channel)
    for said in (one for by, one in told if is_import(by)):
        begun = said.started_at or file.started_at
        file = replace(said, bytes=file.bytes, seconds=file.seconds, started_at=begun, truncated=file.truncated)
    return arrival, file


def fullness(told: Telling) -> tuple[bool, int, float, str]:
    """How much is told of a file; what is told equally well is chosen by the event's id, not by its arrival."""
    arrival, file = told
    return bool(arrival.event.egress_id), file.bytes or 0, file.seconds, arrival.event.id


def why_nothing(both_came: bool, both_agreed: bool) -> Nothing:
    """Why a lesson in a classroom of ours has no recording."""
    if not both_came:
        return Nothing.NO_SHOW
    return Nothing.NOT_RECORDED if both_agreed else Nothing.NO_CONSENT


def lesson_is_late(arrivals: Iterable[Arrival], known: Iterable[Part]) -> bool:
    """Whether the inbox reports a file that is none of the lesson's parts, and should be, or an import says more."""
    files = [part.file for part in known]
    have, said = {name_of(file) for file in files}, {as_said(file) for file in files}
    told = [(one, file) for one in in_force(arrivals) if is_of_use(one) for file in one.files]
    return any(as_said(file) not in said if is_import(one) else name_of(file) not in have for one, file in told)


def as_said(file: RecordedFile) -> tuple[str, str, int | None]:
    """What an import says of a file, as far as its lesson is another one for it."""
    return file.key, file.transcript_key, file.student_channel


def is_alone(part: Part) -> bool:
    """Whether one person alone is heard in it."""
    return part.file.student_channel in (TUTOR_ALONE, STUDENT_ALONE)


def audible(parts: Sequence[Part]) -> list[Part]:
    """The parts to listen to: where people have a file each, none in which all are mixed."""
    apart = any(is_alone(part) for part in parts)
    return [part for part in parts if not apart or part.file.student_channel is not None]


def visible(parts: Sequence[Part]) -> list[Part]:
    """The parts to look at: none in which one person alone is heard, unless there are no others."""
    return [part for part in parts if not is_alone(part)] or list(parts)


def part_at(parts: Sequence[Part], start: float, end: float) -> Part | None:
    """The part that holds a whole span of the lesson, if one does; one of unknown length reaches to the next."""
    parts = visible(parts)
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        until = part.offset_seconds + part.seconds if part.seconds else float("inf")
        limit = min(until, following.offset_seconds if following else float("inf"))
        if part.offset_seconds <= start and end <= limit + 0.5:
            return part
    return None
