"""A recording's timeline: what was heard and seen live, laid on one clock by counting samples. No input, no output."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE, FPS = 48_000, 15
BLOCK = 1024
BEHIND = 1.0
"""Seconds that a recording stays behind what is live, so that late sound finds its place."""

SETTLING = 0.5
STALE = 5.0
RING = 30 * RATE
MOST = 1.0
"""Seconds of picture or sound that are handed out at once."""

Sound = NDArray[np.int16]


@dataclass(frozen=True)
class Picture:
    """One picture in I420: planes of `width` x `height`, to be turned clockwise by so many quarters."""

    width: int
    height: int
    planes: NDArray[np.uint8]
    quarters: int = 0


@dataclass(frozen=True)
class Due:
    """What is to be written next: pictures from number `frame` on, black where None, and sound from `sample` on.

    `sound` is (n, 2): tutor left, student right. `is_live` tells whether anything of it came from a person.
    """

    frame: int
    pictures: Sequence[Picture | None]
    sample: int
    sound: Sound
    is_live: bool


class Voice:
    """One person's sound, whichever streams it comes by, each of them 48000 samples a second without a gap.

    A stream has its place from its first half second, by the frame that came with the least delay; from then on
    its samples are counted, and none is filled in or left out because it came late. The newest stream is heard; what
    an older one still delivers is left out while the newest lives.
    """

    def __init__(self) -> None:
        self.ring = np.zeros(RING, np.int16)
        self.taken = self.ends = 0
        self.stream: Any = None
        self.older: set[Any] = set()
        self.begun = self.heard = -STALE
        self.count = self.place = 0
        self.held: list[Sound] | None = None

    def hear(self, stream: Any, sound: Sound, now: float) -> None:
        """Take what a stream delivers next, at `now` (seconds of the recording)."""
        is_alive = now - self.heard <= STALE
        if stream in self.older and is_alive:
            return
        if stream is not self.stream or not is_alive:
            self.begin(stream, now)
        self.heard = now
        if self.held is None:
            self.lay(sound)
            return
        self.held.append(sound)
        self.count += len(sound)
        self.place = min(self.place, round(now * RATE) - self.count)
        if now - self.begun >= SETTLING:
            self.settle()

    def begin(self, stream: Any, now: float) -> None:
        self.settle()
        if self.stream is not None:
            self.older.add(self.stream)
        self.older.discard(stream)
        self.stream, self.begun = stream, now
        self.held, self.count, self.place = [], 0, round(now * RATE)

    def leave(self, stream: Any) -> None:
        """Be silent from here on, unless another stream is there, be it a newer or an older one."""
        self.older.discard(stream)
        if stream is self.stream:
            self.settle()
            self.stream = None
            self.older.clear()

    def settle(self) -> None:
        held, self.held = self.held, None
        if held:
            self.ends = self.place
            self.lay(np.concatenate(held))

    def lay(self, sound: Sound) -> None:
        """Go on from where the stream is; what has been handed out before, or is far ahead, is dropped."""
        at, self.ends = self.ends, self.ends + len(sound)
        start, end = max(at, self.taken), min(self.ends, self.taken + RING)
        for first, last in stretches(start, end):
            self.ring[first % RING : (last - 1) % RING + 1] = sound[first - at : last - at]

    def awaited(self, now: float) -> int | None:
        """The sample up to which this is complete; None where nothing more is to be waited for."""
        lives = self.stream is not None and self.held is None and now - self.heard < STALE
        return self.ends if lives else None

    def take(self, until: int) -> Sound:
        """Hand out everything before a sample, silence where nothing was heard."""
        sound = np.zeros(until - self.taken, np.int16)
        for first, last in stretches(self.taken, until):
            there = self.ring[first % RING : (last - 1) % RING + 1]
            sound[first - self.taken : last - self.taken] = there
            there[:] = 0
        self.taken = until
        return sound


def stretches(start: int, end: int) -> list[tuple[int, int]]:
    """The samples from `start` to before `end`, parted where the ring ends."""
    turn = (start // RING + 1) * RING
    return [(first, last) for first, last in ((start, min(end, turn)), (turn, end)) if first < last]


class Camera:
    """The pictures of one person; the newest before a moment is the one of that moment."""

    def __init__(self) -> None:
        self.coming: deque[tuple[int, Picture | None]] = deque(maxlen=round(3 * BEHIND * FPS))
        self.current: Picture | None = None
        self.since = 0

    def see(self, picture: Picture | None, now: float) -> None:
        """Take a picture at `now` (seconds of the recording); None is a camera that is off."""
        frame = math.ceil(now * FPS)
        if self.coming and self.coming[-1][0] == frame:
            self.coming.pop()
        self.coming.append((frame, picture))

    def at(self, frame: int) -> Picture | None:
        while self.coming and self.coming[0][0] <= frame:
            self.since, self.current = self.coming.popleft()
        return self.current if frame - self.since < STALE * FPS else None


class Timeline:
    """A recording from its second 0 on: two voices, one camera, and how much of them has been handed out."""

    def __init__(self) -> None:
        self.tutor, self.student, self.camera = Voice(), Voice(), Camera()
        self.frame = self.sample = 0

    def due(self, now: float, behind: float = BEHIND) -> Due:
        """Hand out what is complete at `now` (seconds of the recording), at most a second of it."""
        frame, sample = self.frame, self.sample
        self.frame += min(max(0, int((now - behind) * FPS) - frame), round(MOST * FPS))
        pictures = [self.camera.at(number) for number in range(frame, self.frame)]
        complete = min([int((now - behind) * RATE), *self.awaited(now)])
        self.sample += min(max(0, complete - sample), round(MOST * RATE)) // BLOCK * BLOCK
        sound = np.stack([self.tutor.take(self.sample), self.student.take(self.sample)], axis=1)
        return Due(frame, pictures, sample, sound, any(pictures) or self.is_heard(self.sample, sample))

    @property
    def heard(self) -> float:
        """When somebody was last heard, silence included."""
        return max(self.tutor.heard, self.student.heard)

    def awaited(self, now: float) -> list[int]:
        ends = [voice.awaited(now) for voice in (self.tutor, self.student)]
        return [end for end in ends if end is not None]

    def is_heard(self, until: int, since: int) -> bool:
        return any(since < min(voice.ends, until) for voice in (self.tutor, self.student) if voice.stream)
