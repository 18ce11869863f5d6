"""The child of providers/media.py: one pass over a recording, its sound copied and measured."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from numpy.typing import NDArray

from lessons.errors import NoAudio, RecordingTooLong, RecordingTruncated
from lessons.loudness import Loudness
from lessons.ports import Measured
from lessons.watching import LONGEST_FILE
from providers.children import Say, answering
from providers.containers import MICROSECONDS, AnyPacket, begins_at, frames_of, moved, opened, picture_of, sound_of

LONGEST = LONGEST_FILE.total_seconds()
EXACT_LENGTHS = ("mov", "matroska")
INDEX_FIRST = {"movflags": "faststart"}
"""Whoever is sent the sound as a stream can begin to read it."""

SLACK = 1.0
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
RATE, BITRATE = 48_000, 96_000
NEVER = -(1 << 62)

Keep = Callable[[AnyPacket, Sequence[AudioFrame]], None]
"""Takes over a piece of sound, as it was packed and as it is heard; an empty packet is the last."""


def read(question: dict[str, Any], say: Say) -> dict[str, Any]:
    into = Path(question["into"])
    with opened(question["url"]) as recording:
        survey = Survey(recording)
        with av.open(str(into), "w", format="mp4", options=INDEX_FIRST) as copy:
            pass_over(recording, survey, keeper(copy, survey.sound, survey.begins), say)
        return asdict(survey.measured(into))


def pass_over(recording: InputContainer, survey: "Survey", keep: Keep, say: Say) -> None:
    told = 0.0
    for packet in recording.demux([track for track in (survey.sound, survey.picture) if track]):
        survey.count(packet)
        if packet.stream_index == survey.sound.index:
            frames = frames_of(survey.sound, packet)
            survey.hear(frames)
            keep(packet, frames)
        if packet.size and packet.pos and packet.pos / survey.size > told + 0.01:
            told = packet.pos / survey.size
            say(told)


class Survey:
    """What is found on the way through a recording.

    Raises NoAudio, RecordingTruncated, RecordingTooLong.
    """

    def __init__(self, recording: InputContainer) -> None:
        self.recording, self.size = recording, recording.size
        self.sound, self.picture = sound_of(recording), picture_of(recording)
        self.begins = begins_at(recording)
        self.clocks = [float(track.time_base or 0) for track in recording.streams]
        self.promised = (recording.duration or 0) / MICROSECONDS
        self.meters = [Loudness() for _ in range(self.sound.channels)]
        self.packets: Counter[int] = Counter()
        self.ends: dict[int, float] = {}
        self.check_length(self.promised)
        self.check_index()

    def count(self, packet: AnyPacket) -> None:
        track = packet.stream_index
        if packet.size and packet.pts is not None:
            end = (packet.pts + (packet.duration or 0)) * self.clocks[track] - self.begins
            self.packets[track] += 1
            self.ends[track] = max(end, self.ends.get(track, 0.0))
            self.check_length(end)

    def hear(self, frames: Sequence[AudioFrame]) -> None:
        for frame in frames:
            for meter, power in zip(self.meters, powers(frame), strict=False):
                meter.hear(power)

    def check_length(self, seconds: float) -> None:
        if seconds > LONGEST:
            raise RecordingTooLong

    def check_index(self) -> None:
        """A header that lists bytes beyond the end of the file."""
        for track in self.recording.streams:
            last = track.index_entries[-1] if len(track.index_entries) else None
            if last and last.pos + last.size > self.size:
                raise RecordingTruncated(f"{self.size} of at least {last.pos + last.size} bytes are there")

    def measured(self, audio: Path) -> Measured:
        seconds = max(self.ends.values(), default=0.0)
        if not self.packets[self.sound.index]:
            raise NoAudio
        if self.recording.format.name.startswith(EXACT_LENGTHS) and seconds < self.promised * 0.99 - SLACK:
            raise RecordingTruncated(f"{seconds:.0f} of {self.promised:.0f} seconds are there")
        return Measured(
            seconds=seconds,
            audio_seconds=self.ends[self.sound.index],
            bytes=self.size,
            audio_packets=self.packets[self.sound.index],
            video_packets=self.packets[self.picture.index] if self.picture else 0,
            channels=self.sound.channels,
            loudness=tuple(round(meter.level, 1) for meter in self.meters),
            width=self.picture.width if self.picture else 0,
            height=self.picture.height if self.picture else 0,
            audio_sha256=sha256_of(audio),
        )


def powers(frame: AudioFrame) -> list[float]:
    """Each channel's mean square; full scale is 1."""
    sound: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        sound = sound.reshape(-1, frame.layout.nb_channels).T
    if np.issubdtype(sound.dtype, np.integer):
        whole = np.iinfo(sound.dtype)
        sound = (sound * 2.0 - whole.max - whole.min - 1) / (float(whole.max) - whole.min + 1)
    squares: list[float] = np.einsum("ij,ij->i", sound, sound).tolist()
    return [square / frame.samples for square in squares]


def keeper(copy: OutputContainer, sound: AudioStream, begins: float) -> Keep:
    """AAC is copied as it is; anything else is encoded, so that every listener takes it."""
    return copied(copy, sound, begins) if sound.codec_context.name == "aac" else encoded(copy, sound, begins)


def copied(copy: OutputContainer, sound: AudioStream, begins: float) -> Keep:
    track, last = copy.add_stream_from_template(sound), NEVER

    def keep(packet: AnyPacket, frames: Sequence[AudioFrame]) -> None:
        nonlocal last
        if packet.size and packet.dts is not None and packet.pts is not None and packet.dts > last:
            last = packet.dts
            copy.mux(moved(packet, -begins, track))

    return keep


def encoded(copy: OutputContainer, sound: AudioStream, begins: float) -> Keep:
    layout = LAYOUTS.get(sound.channels, "stereo")
    track = copy.add_stream("aac", rate=RATE, layout=layout, bit_rate=BITRATE)
    resampler = AudioResampler("fltp", layout, RATE)

    def keep(packet: AnyPacket, frames: Sequence[AudioFrame]) -> None:
        for frame in [*frames, *([] if packet.size else [None])]:
            for piece in resampler.resample(frame):
                if piece.pts is not None:
                    piece.pts -= round(begins * RATE)
                copy.mux(track.encode(piece))
        if not packet.size:
            copy.mux(track.encode(None))

    return keep


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    answering(read)
