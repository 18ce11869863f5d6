"""Sound for recognisers: cut where it is quiet, silent where the recording has gaps."""

from collections.abc import Iterator

import numpy as np
import pytest

from providers.containers import opened
from providers.sounds import RATE, Piece, Samples, pieces_of, quietest, samples_of
from tests.providers.conftest import Make
from tests.providers.counting import CountingStorage

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")


def noise(seconds: float, channels: int = 2) -> Samples:
    return np.random.default_rng(1).integers(-9000, 9000, (int(seconds * RATE), channels), np.int16)


def in_crumbs(samples: Samples, size: int) -> Iterator[Samples]:
    for at in range(0, len(samples), size):
        yield samples[at : at + size]


def heard(storage: CountingStorage, name: str, channels: int) -> Samples:
    with opened(storage.url(name)) as recording:
        return np.concatenate(list(samples_of(recording, channels)))


def test_pieces_put_together_are_the_sound() -> None:
    sound = noise(25)
    pieces = list(pieces_of(in_crumbs(sound, 341), 2, 10 * RATE))
    assert np.array_equal(np.concatenate([piece.samples for piece in pieces]), sound)
    assert [piece.begins for piece in pieces[1:]] == [piece.ends for piece in pieces[:-1]]
    assert [piece.is_last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert all(len(piece.samples) <= 10 * RATE for piece in pieces)


def test_the_same_sound_is_cut_at_the_same_places_however_it_arrives() -> None:
    def ends(crumbs: int) -> list[int]:
        return [piece.ends for piece in pieces_of(in_crumbs(noise(25), crumbs), 2, 10 * RATE)]

    assert ends(100) == ends(48_000) == ends(1 << 22)


def test_a_cut_falls_into_the_silence_that_both_speakers_share() -> None:
    sound = noise(10)
    sound[int(8.3 * RATE) : int(8.9 * RATE), 0] = 0
    sound[int(9.2 * RATE) : int(9.8 * RATE)] = 0
    assert quietest(sound) / RATE == pytest.approx(9.5, abs=0.06)


def test_no_sound_is_one_empty_piece() -> None:
    assert [(piece.begins, len(piece.samples), piece.is_last) for piece in pieces_of([], 1, RATE)] == [(0, 0, True)]
    assert Piece(5, noise(1), False).ends == RATE + 5


@pytest.mark.parametrize("channels", [1, 2])
def test_channels_are_kept_apart_or_mixed_as_asked(storage: CountingStorage, make: Make, channels: int) -> None:
    left = make("left.m4a", *TONE, "-af", "pan=stereo|c0=c0|c1=0*c0", "-c:a", "aac")
    loud = np.abs(heard(storage, left, channels).astype(int)).mean(axis=0) > 100
    assert loud.tolist() == [True, False][:channels]


def test_sound_that_sets_in_late_is_silence_until_then(storage: CountingStorage, make: Make) -> None:
    picture = ("-f", "lavfi", "-i", "color=s=16x16:rate=25:duration=2")
    late = make("late-sound.mp4", *picture, "-itsoffset", "1.5", *TONE, "-map", "0", "-map", "1")
    sound = heard(storage, late, 1)
    onset = int(np.argmax(np.abs(sound[:, 0]) > 500)) / RATE
    assert onset == pytest.approx(1.5, abs=0.05)
