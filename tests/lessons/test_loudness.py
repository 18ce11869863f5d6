"""Loudness: who can be heard."""

import pytest

from lessons.loudness import SILENCE, Loudness, is_silent


def heard(*mean_squares: float) -> float:
    loudness = Loudness()
    for mean_square in mean_squares:
        loudness.hear(mean_square)
    return loudness.level


def test_nothing_at_all_is_digital_silence() -> None:
    assert heard() == heard(0.0, 0.0) == SILENCE
    assert is_silent(SILENCE)


def test_a_square_wave_at_full_scale_is_zero_decibels() -> None:
    assert heard(1.0) == pytest.approx(0.0)


def test_who_says_one_word_in_an_hour_is_as_loud_as_who_never_stops() -> None:
    assert heard(*[0.0] * 3000, 0.01) == pytest.approx(heard(*[0.01] * 3000)) == pytest.approx(-20.0)


def test_a_rooms_noise_is_silence_and_a_whisper_is_none() -> None:
    noise, whisper = 10**-6.6, 10**-5.5
    assert is_silent(heard(*[noise] * 100))
    assert not is_silent(heard(*[noise] * 100, whisper))
