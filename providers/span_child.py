"""A child of providers/ffmpeg.py: copies a span out of a recording in storage, reading little more than the span."""

from collections.abc import Iterator, Sequence
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from providers.children import Say, answering
from providers.containers import MICROSECONDS, begins_at, moved, opened, picture_of, sound_of
from providers.remote import RemoteFile

STRETCH = 1 << 19
OVERLAP = 0.5
SHIFT = 10.0
"""Seconds added to every time, since Matroska has none below zero."""


def copy_span(question: dict[str, Any], say: Say) -> float:
    """Write the span as Matroska, from the key frame before `start` to a little after `end` (seconds).

    Returns the time at which the span starts there.
    """
    with opened(RemoteFile(question["url"], STRETCH)) as recording:
        begins = begins_at(recording)
        tracks = [track for track in (picture_of(recording), sound_of(recording)) if track]
        recording.seek(round((begins + question["start"]) * MICROSECONDS))
        with av.open(question["into"], "w", "matroska") as copy:
            copies = {track.index: copy.add_stream_from_template(track) for track in tracks}
            for packet in packets_until(recording, tracks, begins + question["end"] + OVERLAP):
                copy.mux(moved(packet, SHIFT - begins, copies[packet.stream_index]))
    return SHIFT + question["start"]


def packets_until(recording: InputContainer, tracks: Sequence[Stream], end: float) -> Iterator[Packet]:
    for packet in recording.demux(tracks):
        if packet.dts is None or packet.pts is None:
            continue
        if packet.dts * packet.time_base > end:
            return
        yield packet


if __name__ == "__main__":
    answering(copy_span)
