"""Where in a recording something was said."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from lessons.capture import RecordedFile
from tests.livekit.participants import RATE, Voice

SLACK = RATE // 2


@dataclass(frozen=True)
class Heard:
    """One window of one voice: milliseconds by which it came too late, and how alike it is (1 is the same)."""

    late: float
    likeness: float


def heard_at(at: float, seconds: float, channel: Voice, file: RecordedFile, voice: Voice, begins: float) -> Heard:
    """Compare what was recorded at a moment (time.time()) with the voice, which began at `begins`."""
    first = round((at - file.started_at) * RATE)
    window = channel[first : first + round(seconds * RATE)].astype(float)
    spoken = round((at - begins) * RATE) - SLACK
    around = np.take(voice, np.arange(spoken, spoken + len(window) + 2 * SLACK), mode="wrap").astype(float)
    size = 1 << (len(around) + len(window)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(window, size)))[: 2 * SLACK]
    best = int(np.argmax(alike))
    there = around[best : best + len(window)]
    scale = float(np.sqrt((there @ there) * (window @ window))) or 1.0
    return Heard((SLACK - best) * 1000 / RATE, float(alike[best]) / scale)


def loudness_at(at: float, seconds: float, channel: Voice, file: RecordedFile) -> float:
    first = round((at - file.started_at) * RATE)
    return float(np.abs(channel[first : first + round(seconds * RATE)].astype(int)).mean())


def picture_at(path: Path, file: RecordedFile, at: float) -> NDArray[np.uint8]:
    """The picture of a moment (time.time()), in RGB."""
    with av.open(str(path)) as recording:
        for frame in recording.decode(video=0):
            if (frame.time or 0.0) >= at - file.started_at:
                return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    raise AssertionError("the recording ends before")
