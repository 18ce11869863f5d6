"""Media files as libav reads them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeAlias

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from lessons.errors import NoAudio, NotMedia, RecordingEmpty, RecordingTruncated
from providers.remote import RemoteFile

GUARDS = {"format_whitelist": "mov,matroska,ogg,mp3,wav", "protocol_whitelist": "none"}
BUFFER = 1 << 16
MICROSECONDS = 1_000_000
BEGINNINGS = {0: (b"\x1aE\xdf\xa3", b"OggS", b"RIFF"), 4: (b"ftyp",)}

AnyPacket: TypeAlias = "Packet[Any]"


@contextmanager
def opened(url: str, stretch: int | None = None) -> Iterator[InputContainer]:
    """Open a recording of a format we know, and nothing else that it may name; `stretch` is RemoteFile's.

    Raises StorageUnavailable, RecordingEmpty, NotMedia, RecordingTruncated.
    """
    with closing(RemoteFile(url, stretch)) as file:
        if not file.size:
            raise RecordingEmpty
        try:
            container = av.open(file, "r", container_options=GUARDS, buffer_size=BUFFER)
        except (av.error.InvalidDataError, av.error.EOFError, av.error.ArgumentError):
            raise (RecordingTruncated if begins_well(file) else NotMedia) from None
        with container:
            yield container


def begins_well(file: RemoteFile) -> bool:
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


def frames_of(sound: AudioStream, packet: AnyPacket) -> list[AudioFrame]:
    """What is heard in a packet; nothing where it is damaged."""
    try:
        return sound.decode(packet)
    except (av.error.InvalidDataError, av.error.EOFError):
        return []


def moved(packet: AnyPacket, seconds: float, track: Stream) -> AnyPacket:
    """The packet on another track, so much later; it has both its times."""
    ticks = round(seconds / packet.time_base)
    packet.pts, packet.dts, packet.stream = (packet.pts or 0) + ticks, (packet.dts or 0) + ticks, track
    return packet
