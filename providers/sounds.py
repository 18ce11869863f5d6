"""Sound as recognisers take it: 16 kHz samples on the recording's own clock, in pieces cut where it is quiet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from providers.containers import begins_at, frames_of, sound_of

RATE = 16_000
MOMENT = RATE // 50
BREATH = RATE // 2
GAP = RATE // 10
CHUNK = 10 * RATE

Samples = NDArray[np.int16]
"""Samples by channels."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording, and the sample at which it begins."""

    begins: int
    samples: Samples
    is_last: bool

    @property
    def ends(self) -> int:
        return self.begins + len(self.samples)


def samples_of(recording: InputContainer, channels: int) -> Iterator[Samples]:
    """All of the recording's sound, mixed to one channel or two; where it has gaps, there is silence."""
    sound, begins, heard = sound_of(recording), begins_at(recording), 0
    resampler = AudioResampler("s16", "mono" if channels == 1 else "stereo", RATE)
    for packet in recording.demux(sound):
        for frame in [*frames_of(sound, packet), *([] if packet.size else [None])]:
            missing = round((frame.time - begins) * RATE) - heard if frame and frame.time is not None else 0
            for silence in range(0, missing if missing > GAP else 0, CHUNK):
                heard += (quiet := min(CHUNK, missing - silence))
                yield np.zeros((quiet, channels), np.int16)
            for piece in resampler.resample(frame):
                heard += piece.samples
                yield piece.to_ndarray().astype(np.int16, copy=False).reshape(-1, channels)


def pieces_of(samples: Iterable[Samples], channels: int, longest: int) -> Iterator[Piece]:
    """Cut sound into pieces of at most `longest` samples; the same sound is always cut at the same places."""
    hall, filled, begins = np.empty((longest, channels), np.int16), 0, 0
    for some in samples:
        while len(some):
            fits = min(len(some), longest - filled)
            hall[filled : filled + fits], some, filled = some[:fits], some[fits:], filled + fits
            if filled == longest:
                cut = quietest(hall)
                yield Piece(begins, hall[:cut].copy(), False)
                begins, filled = begins + cut, longest - cut
                hall[:filled] = hall[cut:].copy()
    yield Piece(begins, hall[:filled].copy(), True)


def quietest(samples: Samples) -> int:
    """The middle of the quietest half second in the last fifth."""
    late = samples[len(samples) * 4 // 5 :]
    moments = len(late) // MOMENT
    loudness = np.abs(late[: moments * MOMENT].astype(np.float32)).reshape(moments, -1).sum(axis=1)
    breaths = np.convolve(loudness, np.ones(BREATH // MOMENT), "valid")
    return len(samples) - len(late) + int(np.argmin(breaths)) * MOMENT + BREATH // 2
