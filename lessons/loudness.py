"""How loud a channel is, and whether anybody can be heard on it."""

import math
from dataclasses import dataclass

SILENCE = -120.0
QUIETEST_SPEECH = -60.0


@dataclass
class Loudness:
    """One channel's loudness, from the mean square of its short frames (full scale is 1).

    Only frames above -60 dBFS count, if there are any, so that who says little is as loud as who says much.
    """

    power: float = 0.0
    frames: int = 0
    loud_power: float = 0.0
    loud_frames: int = 0

    def hear(self, mean_square: float) -> None:
        self.power += mean_square
        self.frames += 1
        if decibels(mean_square) > QUIETEST_SPEECH:
            self.loud_power += mean_square
            self.loud_frames += 1

    @property
    def level(self) -> float:
        """In dBFS (RMS), -120 for silence."""
        power, frames = (self.loud_power, self.loud_frames) if self.loud_frames else (self.power, self.frames)
        return decibels(power / max(1, frames))


def decibels(mean_square: float) -> float:
    return max(SILENCE, 10 * math.log10(mean_square)) if mean_square > 0 else SILENCE


def is_silent(level: float) -> bool:
    """Whether a channel of this loudness (dBFS) holds no more than a room's noise."""
    return level <= QUIETEST_SPEECH
