"""A child of providers/recorded_parts.py: makes an MP4 of a fragmented one, index first, without encoding anything."""

from collections.abc import Iterator
from typing import Any

import av
from av.container import InputContainer

from providers.children import Say, answering
from providers.containers import AnyPacket, begins_at, moved


def remux(question: dict[str, Any], say: Say) -> tuple[float, float]:
    """Copy `question["source"]`, as far as it goes, into `question["into"]`, from its own beginning on.

    Returns the second at which it begins, and its seconds from there, 0 for nothing.
    """
    try:
        with av.open(question["source"], "r", format="mp4") as source:
            begins = begins_at(source)
            return begins, copied(source, begins, question["into"])
    except (av.error.InvalidDataError, av.error.EOFError, av.error.ArgumentError):
        return 0.0, 0.0


def copied(source: InputContainer, begins: float, into: str) -> float:
    seconds = 0.0
    with av.open(into, "w", format="mp4", options={"movflags": "faststart"}) as copy:
        tracks = {track.index: copy.add_stream_from_template(track) for track in source.streams}
        for packet in readable(whole_packets(source)):
            moved(packet, -begins, tracks[packet.stream_index])
            seconds = max(seconds, float(((packet.pts or 0) + (packet.duration or 0)) * packet.time_base))
            copy.mux(packet)
    return seconds


def readable(packets: Iterator[AnyPacket]) -> Iterator[AnyPacket]:
    """The packets of each track from the first on that needs no other one before it."""
    begun: set[int] = set()
    for packet in packets:
        if packet.is_keyframe:
            begun.add(packet.stream_index)
        if packet.stream_index in begun:
            yield packet


def whole_packets(source: InputContainer) -> Iterator[AnyPacket]:
    """The packets before the end, or before the place where a crash has cut it off."""
    packets = source.demux()
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        if packet.size and packet.dts is not None and not packet.is_corrupt:
            yield packet


if __name__ == "__main__":
    answering(remux)
