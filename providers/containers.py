"""Media files as libav reads them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from lessons.errors import NoAudio, NotMedia, RecordingEmpty, RecordingTruncated

FORMATS = "mov,matroska,ogg,mp3,wav"
BUFFER = 1 << 16
MICROSECONDS = 1_000_000
BEGINNINGS = {0: (b"\x1aE\xdf\xa3", b"OggS", b"RIFF"), 4: (b"ftyp",)}


class Readable(Protocol):
    size: int

    def read(self, most: int) -> bytes: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...


@contextmanager
def opened(file: Readable) -> Iterator[InputContainer]:
    """Open a recording of a format we know, and nothing else that it may name.

    Raises RecordingEmpty, NotMedia, RecordingTruncated.
    """
    if not file.size:
        raise RecordingEmpty
    guards = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    try:
        container = av.open(file, container_options=guards, buffer_size=BUFFER)
    except (av.error.InvalidDataError, av.error.EOFError):
        raise (RecordingTruncated if begins_well(file) else NotMedia) from None
    with container:
        yield container


def begins_well(file: Readable) -> bool:
    """Whether the first bytes are those of a recording."""
    file.seek(0)
    head = file.read(16)
    return any(head.startswith(beginnings, at) for at, beginnings in BEGINNINGS.items())


def begins_at(container: InputContainer) -> float:
    """The seconds at which the recording's own clock begins."""
    return (container.start_time or 0) / MICROSECONDS


def sound_of(container: InputContainer) -> AudioStream:
    """The track that is heard; raises NoAudio."""
    best = container.streams.best("audio")
    if not isinstance(best, AudioStream):
        raise NoAudio
    return best


def picture_of(container: InputContainer) -> VideoStream | None:
    """The track that is seen, a cover picture being none."""
    best = container.streams.best("video")
    is_cover = best is not None and Disposition.attached_pic in best.disposition
    return best if isinstance(best, VideoStream) and not is_cover else None


def frames_of(packet: Packet) -> list[AudioFrame]:
    """What is heard in a packet; nothing where it is damaged."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, AudioFrame)]
    except (av.error.InvalidDataError, av.error.EOFError):
        return []


def moved(packet: Packet, seconds: float, track: Stream) -> Packet:
    """The packet on another track, so much later; it has both its times."""
    ticks = round(seconds / packet.time_base)
    packet.pts, packet.dts, packet.stream = (packet.pts or 0) + ticks, (packet.dts or 0) + ticks, track
    return packet
