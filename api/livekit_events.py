"""What LiveKit tells of a room, reduced to what a lesson needs; a raw event can carry storage secrets."""

from typing import Annotated

import msgspec

from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent
from lessons.hearing import student_channel_of

STORED = {kind.value: kind for kind in (EventKind.ROOM_FINISHED, EventKind.EGRESS_ENDED)}
STIRRING = ("participant_joined", "participant_left", "track_published", "track_unpublished")
RECORDER = "EG_"
TEST_ROOM = "test-"
PERSON = (None, 0, "STANDARD")
NANO = 1e9

LONGEST_NAME = 256
"""LiveKit's ids and names of rooms are shorter; Postgres's indexes hold none that are much longer."""

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class File(msgspec.Struct, gc=False):
    filename: str | None = None
    size: Int64 | None = None
    duration: Int64 | None = None
    startedAt: Int64 | None = None
    started_at: Int64 | None = None

    def recorded(self, channel: int | None) -> RecordedFile:
        begun = self.startedAt or self.started_at or 0
        return RecordedFile(self.filename or "", self.size, (self.duration or 0) / NANO, begun / NANO, channel)


class Route(msgspec.Struct, gc=False):
    participantIdentity: str | None = None
    participant_identity: str | None = None
    channel: str | int | None = None


class Sound(msgspec.Struct, gc=False):
    routes: list[Route] | None = None


class Source(msgspec.Struct, gc=False):
    audio: Sound | None = None


class Asked(msgspec.Struct, gc=False):
    """A StartEgressRequest, but for its keys to storage."""

    media: Source | None = None

    def routes(self) -> list[tuple[str, str]]:
        """Who was asked for on which AudioChannel."""
        told = (self.media and self.media.audio and self.media.audio.routes) or []
        return [(one.participantIdentity or one.participant_identity or "", str(one.channel or "")) for one in told]


class Participant(msgspec.Struct, gc=False):
    """Somebody in a room; recorders and agents are of another kind than people."""

    identity: str | None = None
    kind: str | int | None = None

    def is_person(self) -> bool:
        return self.kind in PERSON and not (self.identity or "").startswith(RECORDER)


class Egress(msgspec.Struct, gc=False):
    egressId: str | None = None
    egress_id: str | None = None
    roomName: str | None = None
    room_name: str | None = None
    status: str | int | None = None
    fileResults: list[File] | None = None
    file_results: list[File] | None = None
    file: File | None = None
    egress: Asked | None = None
    participant: Participant | None = None

    def files(self) -> tuple[RecordedFile, ...]:
        """The files it wrote; `file` is what older servers tell instead of `fileResults`."""
        told = self.fileResults or self.file_results or ([self.file] if self.file else [])
        routes = self.egress.routes() if self.egress else []
        alone = (self.participant and self.participant.identity) or ""
        return tuple(
            [file.recorded(student_channel_of(file.filename, routes, alone)) for file in told if file.filename]
        )


class Room(msgspec.Struct, gc=False):
    name: str | None = None


class Event(msgspec.Struct, gc=False):
    """LiveKit's WebhookEvent as protojson writes it, by either of its spellings.

    Source: https://protobuf.dev/programming-guides/json/: int64 are strings, what is empty is left out or null.
    """

    id: str | None = None
    event: str | None = None
    room: Room | None = None
    participant: Participant | None = None
    egressInfo: Egress | None = None
    egress_info: Egress | None = None

    def stirs(self) -> str:
        """The room in which a person has come, gone, or begun or stopped to send; empty for everything else."""
        stirs = self.event in STIRRING and self.participant is not None and self.participant.is_person()
        return (stirs and self.room and self.room.name) or ""

    def arrival(self) -> Arrival | None:
        """What the inbox keeps of it; None if it does not end a lesson, as in a room that only tries things out.

        Raises NoEvent for ids and names as LiveKit makes none.
        """
        kind, egress = STORED.get(self.event or ""), self.egressInfo or self.egress_info or Egress()
        if kind is None:
            return None
        room = (self.room and self.room.name) or egress.roomName or egress.room_name or ""
        room = room.lower()
        if room.startswith(TEST_ROOM):
            return None
        told_id = egress.egressId or egress.egress_id or ""
        if max(len(self.id or ""), len(room), len(told_id)) > LONGEST_NAME:
            raise NoEvent
        egress_id = told_id or (f"{room}/{self.id}" if kind is EventKind.EGRESS_ENDED else "")
        event = RoomEvent(self.id or "", kind, room, egress_id, str(egress.status or ""))
        return Arrival(event, egress.files())


DECODER = msgspec.json.Decoder(Event, strict=False)


class NoEvent(Exception):
    """The body is no event of LiveKit's."""


def event_in(body: bytes) -> Event:
    """Read an event; raises NoEvent."""
    try:
        event = DECODER.decode(body.decode())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NoEvent from None
    if not event.id or not event.event:
        raise NoEvent
    return event
