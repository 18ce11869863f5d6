"""A lesson in which everything happens that a microphone and a camera can do, and what must come of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lessons.capture import RecordedFile
from tests.livekit.lesson import Lesson
from tests.livekit.listening import Heard, heard_at, loudness_at, picture_at

WINDOW = 1.0
APART = 60.0
"""Milliseconds."""


@dataclass(frozen=True)
class Moments:
    """When (time.time()) both spoke, nobody did, the camera stood upright, and the camera was off."""

    spoken: list[float]
    tutor_silent: list[float]
    student_silent: list[float]
    upright: float
    dark: float


async def play(lesson: Lesson, pace: float) -> Moments:
    """Speak, mute, unpublish, rejoin and turn the camera, for `pace` seconds each."""
    tutor, student = lesson.tutor, lesson.student
    spoken: list[float] = [await after(pace)]
    tutor.mute(True)
    tutor_silent = [await after(pace)]
    tutor.mute(False)
    await tutor.move()
    spoken.append(await after(pace))
    await student.hush()
    student_silent = [await after(pace)]
    await student.speak()
    tutor.size = (480, 640)
    spoken.append(await after(pace))
    upright = spoken[-1]
    await tutor.leave()
    dark = await after(pace)
    await tutor.join()
    await tutor.speak()
    spoken.append(await after(pace))
    return Moments(spoken, [*tutor_silent, dark], student_silent, upright, dark)


async def after(seconds: float) -> float:
    """Wait, and say when a window of what has just been begins."""
    await asyncio.sleep(seconds)
    return time.time() - WINDOW - 0.1


def heard(lesson: Lesson, file: RecordedFile, spoken: Sequence[float]) -> list[tuple[Heard, Heard]]:
    """The tutor and the student at each moment at which both spoke."""
    left, right = lesson.sound_of(file)
    tutor, student = lesson.voices
    return [
        (
            heard_at(at, WINDOW, left, file, tutor, lesson.begins),
            heard_at(at, WINDOW, right, file, student, lesson.begins),
        )
        for at in spoken
    ]


def check(lesson: Lesson, file: RecordedFile, moments: Moments) -> None:
    check_voices(heard(lesson, file, moments.spoken), 1000 * max(lesson.tutor.late, lesson.student.late))
    tutor, student = lesson.sound_of(file)
    assert all(loudness_at(at, WINDOW, tutor, file) < 50 for at in moments.tutor_silent)
    assert all(loudness_at(at, WINDOW, student, file) < 50 for at in moments.student_silent)
    check_pictures(lesson, file, moments)


def check_voices(both: list[tuple[Heard, Heard]], unsure: float) -> None:
    """The truth itself is known only up to how late a busy machine let people speak."""
    ones = [one for pair in both for one in pair]
    assert min(one.likeness for one in ones) > 0.3
    assert max(abs(one.late) for one in ones) <= APART + unsure
    assert max(one.late for one in ones) - min(one.late for one in ones) <= APART + unsure


def check_pictures(lesson: Lesson, file: RecordedFile, moments: Moments) -> None:
    dark = picture_at(lesson.path_of(file), file, moments.dark)
    upright = picture_at(lesson.path_of(file), file, moments.upright)
    assert dark.shape == upright.shape == (720, 1280, 3)
    assert dark.max() < 16
    assert upright[:, :360].max() < 16
    assert upright[:, 920:].max() < 16
    assert np.median(upright[:100, 400:880], axis=(0, 1)).tolist() != [0, 0, 0]
