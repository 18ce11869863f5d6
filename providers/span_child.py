"""A child of providers/ffmpeg.py: copies a span out of a recording in storage, and reads little more."""

from collections.abc import Iterator, Sequence
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

from lessons.errors import ClipFailed
from providers.children import Say, answering
from providers.containers import MICROSECONDS, AnyPacket, begins_at, moved, opened, picture_of, sound_of

STRETCH = 1 << 19
OVERLAP = 0.5
APART = 2.0
"""Seconds by which tracks lie apart at most, in a file that is not wrong."""

EARLIER = 0.5
"""Seconds, more than any frame is decoded before it is shown: after a seek Matroska does not tell when it is."""

SHIFT = 10.0
"""Seconds added to every time, since Matroska has none below zero."""


def copy_span(question: dict[str, Any], say: Say) -> float:
    """Write the span as Matroska, from the key frame before `start` to a little after `end` (seconds).

    Returns the time at which the span starts there. Raises ClipFailed.
    """
    start, end = question["start"], question["end"]
    with opened(question["url"], STRETCH) as recording:
        try:
            copy_packets(recording, start, end + OVERLAP, question["into"])
        except (av.error.InvalidDataError, av.error.ArgumentError):
            raise ClipFailed("the recording is damaged there") from None
    return SHIFT + float(start)


def copy_packets(recording: InputContainer, start: float, end: float, into: str) -> None:
    begins = begins_at(recording)
    tracks = [track for track in (picture_of(recording), sound_of(recording)) if track]
    recording.seek(round((begins + start) * MICROSECONDS))
    with av.open(into, "w", "matroska") as copy:
        copies = {track.index: copy.add_stream_from_template(track) for track in tracks}
        for packet in packets_until(recording, tracks, begins + end):
            copy.mux(moved(packet, SHIFT - begins, copies[packet.stream_index]))


def packets_until(recording: InputContainer, tracks: Sequence[Stream], end: float) -> Iterator[AnyPacket]:
    """What every track has until `end` (seconds); one may lie far before the other in the file."""
    open_tracks, decoded = {track.index for track in tracks}, dict[int, int]()
    for packet in recording.demux(tracks):
        if packet.pts is None:
            continue
        if packet.dts is None:
            packet.dts = decoded.get(packet.stream_index, packet.pts - round(EARLIER / packet.time_base)) + 1
        decoded[packet.stream_index] = packet.dts
        if packet.dts * packet.time_base <= end:
            yield packet
            continue
        open_tracks.discard(packet.stream_index)
        if not open_tracks or packet.dts * packet.time_base > end + APART:
            return


if __name__ == "__main__":
    answering(copy_span)
