"""The recorder's timeline on a clock of our own."""

import numpy as np
import pytest

from providers.timeline import BEHIND, FPS, RATE, STALE, Camera, Picture, Sound, Timeline, Voice

TEN_MS = RATE // 100
PICTURE = Picture(2, 2, np.zeros(6, np.uint8))
OTHER = Picture(2, 2, np.ones(6, np.uint8))


def ones(frames: int = 1) -> Sound:
    return np.ones(frames * TEN_MS, np.int16)


def speak(voice: Voice, stream: object, since: float, until: float, delay: float = 0.0) -> None:
    """Ten milliseconds every ten, from a moment to another, each delivered `delay` seconds late."""
    for number in range(round(since * 100), round(until * 100)):
        voice.hear(stream, ones(), (number + 1) / 100 + delay)


def spans(sound: Sound) -> list[tuple[int, int]]:
    """The samples from which on, and until which, something is heard."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.abs(np.sign(sound)), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def all_of(timeline: Timeline, until: float) -> Sound:
    """The rest of the sound, when everybody has left."""
    for voice in (timeline.tutor, timeline.student):
        voice.leave(voice.stream)
    pieces = []
    while len((due := timeline.due(until, behind=0.0)).sound):
        pieces.append(due.sound)
    return np.concatenate(pieces)


def test_in_an_hour_no_sample_is_lost_and_none_is_added() -> None:
    timeline, random = Timeline(), np.random.default_rng(1)
    late = random.uniform(0.0, 0.028, (2, 360_000))
    late[:, ::50] = 0.0
    streams = object(), object()
    frames = samples = 0
    marks: list[list[int]] = [[], []]
    tick = np.zeros(TEN_MS, np.int16)
    tick[0] = 1
    quiet = np.zeros(TEN_MS, np.int16)
    for number in range(360_000):
        sound = tick if number % 100 == 0 else quiet
        for voice, stream, delay in zip((timeline.tutor, timeline.student), streams, late[:, number], strict=True):
            voice.hear(stream, sound, (number + 1) / 100 + delay)
        if number % 20 == 0:
            due = timeline.due((number + 1) / 100)
            frames, samples = frames + len(due.pictures), samples + len(due.sound)
            for found, channel in zip(marks, due.sound.T, strict=True):
                found.extend((due.sample + np.flatnonzero(channel)).tolist())
    assert timeline.tutor.ends == timeline.student.ends == 3600 * RATE
    assert marks[0] == marks[1] == [second * RATE for second in range(len(marks[0]))]
    assert len(marks[0]) == 3599
    assert abs(frames / FPS - samples / RATE) < 0.2


def test_a_stream_has_its_place_by_the_frame_that_was_least_late() -> None:
    timeline = Timeline()
    for number in range(200):
        timeline.tutor.hear(1, ones(), 1.0 + (number + 1) / 100 + (0.25 if number < 20 else 0.0))
    assert spans(all_of(timeline, 4.0)[:, 0]) == [(RATE, 3 * RATE)]


def test_lateness_inside_a_stream_moves_nothing() -> None:
    timeline = Timeline()
    speak(timeline.tutor, 1, 1.0, 3.0)
    for number in range(76):
        timeline.tutor.hear(1, ones(), 3.76 + number / 10_000)
    speak(timeline.tutor, 1, 3.76, 5.0)
    assert spans(all_of(timeline, 6.0)[:, 0]) == [(RATE, 5 * RATE)]


def test_a_stream_that_follows_another_begins_at_its_own_time() -> None:
    timeline = Timeline()
    speak(timeline.student, "first", 1.0, 2.0)
    timeline.student.leave("first")
    speak(timeline.student, "second", 3.5, 5.0)
    assert spans(all_of(timeline, 6.0)[:, 1]) == [(RATE, 2 * RATE), (int(3.5 * RATE), 5 * RATE)]


def test_a_stream_that_ends_in_its_first_half_second_is_heard() -> None:
    timeline = Timeline()
    speak(timeline.tutor, 1, 1.0, 1.2)
    timeline.tutor.leave(1)
    assert spans(all_of(timeline, 3.0)[:, 0]) == [(RATE, round(1.2 * RATE))]


def test_leaving_an_old_stream_does_not_silence_the_new_one() -> None:
    timeline = Timeline()
    speak(timeline.tutor, "old", 1.0, 2.0)
    speak(timeline.tutor, "new", 2.0, 2.3)
    timeline.tutor.leave("old")
    speak(timeline.tutor, "new", 2.3, 4.0)
    assert spans(all_of(timeline, 5.0)[:, 0]) == [(RATE, 4 * RATE)]


def talk_over(voice: Voice, first: object, second: object, since: float, until: float) -> None:
    """Two streams of one person at once, ten milliseconds of each in turn."""
    for number in range(round(since * 100), round(until * 100)):
        for stream in (first, second):
            voice.hear(stream, ones(), (number + 1) / 100)


def test_of_two_streams_at_once_the_newer_one_is_heard_and_what_is_said_later_stays_in_its_place() -> None:
    timeline = Timeline()
    speak(timeline.tutor, "first", 1.0, 2.0)
    talk_over(timeline.tutor, "first", "second", 2.0, 5.0)
    timeline.tutor.leave("first")
    speak(timeline.tutor, "second", 5.0, 6.0)
    timeline.tutor.leave("second")
    speak(timeline.tutor, "third", 7.0, 8.0)
    assert spans(all_of(timeline, 9.0)[:, 0]) == [(RATE, 6 * RATE), (7 * RATE, 8 * RATE)]


def test_when_the_newer_stream_ends_the_older_one_is_heard_again_in_its_place() -> None:
    timeline = Timeline()
    speak(timeline.tutor, "first", 1.0, 2.0)
    talk_over(timeline.tutor, "first", "second", 2.0, 5.0)
    timeline.tutor.leave("second")
    speak(timeline.tutor, "first", 5.0, 7.0)
    assert spans(all_of(timeline, 8.0)[:, 0]) == [(RATE, 7 * RATE)]


def test_when_the_newer_stream_falls_silent_without_a_word_the_older_one_is_heard_again() -> None:
    timeline = Timeline()
    speak(timeline.tutor, "first", 1.0, 2.0)
    talk_over(timeline.tutor, "first", "second", 2.0, 3.0)
    speak(timeline.tutor, "first", 3.0, 9.0)
    heard_again = round((3.0 + STALE) * RATE)
    assert spans(all_of(timeline, 10.0)[:, 0]) == [(RATE, 3 * RATE), (heard_again, 9 * RATE)]


def test_sound_is_waited_for_while_its_stream_lives_and_no_longer() -> None:
    timeline = Timeline()
    speak(timeline.tutor, 1, 0.0, 2.0)
    speak(timeline.student, 2, 0.0, 2.0)
    speak(timeline.student, 2, 2.0, 6.0)
    for _ in range(9):
        timeline.due(6.0)
    assert 0 <= 2 * RATE - timeline.sample < 1024
    for _ in range(9):
        timeline.due(2.0 + STALE + BEHIND)
    assert timeline.sample > 5 * RATE


def test_sound_that_comes_when_its_time_is_written_is_dropped_and_shifts_nothing() -> None:
    timeline = Timeline()
    speak(timeline.tutor, 1, 0.0, 1.0)
    for _ in range(9):
        timeline.due(1.0 + STALE + BEHIND)
    written = timeline.sample
    speak(timeline.tutor, 1, 1.0 + STALE + BEHIND, 9.0)
    assert spans(all_of(timeline, 10.0)[:, 0]) == [(round((1.0 + STALE + BEHIND) * RATE) - written, 9 * RATE - written)]


def test_a_stream_that_runs_wild_stays_within_its_thirty_seconds() -> None:
    timeline = Timeline()
    for _ in range(6000):
        timeline.tutor.hear(1, ones(), 1.0)
    timeline.tutor.leave(1)
    assert spans(all_of(timeline, 61.0)[:, 0])[0][1] <= 30 * RATE


def test_pictures_come_fifteen_times_a_second_whatever_the_camera_does() -> None:
    timeline = Timeline()
    timeline.camera.see(PICTURE, 1.0)
    timeline.camera.see(OTHER, 1.2)
    timeline.camera.see(None, 1.4)
    first, second = timeline.due(1.0, 0.0), timeline.due(2.0, 0.0)
    assert (first.frame, second.frame) == (0, FPS)
    assert first.pictures == [None] * FPS
    assert second.pictures == [PICTURE] * 3 + [OTHER] * 3 + [None] * 9


def test_a_camera_that_falls_silent_turns_black() -> None:
    camera = Camera()
    camera.see(PICTURE, 1.0)
    assert camera.at(FPS) is PICTURE
    assert camera.at(round((1 + STALE) * FPS)) is None


def test_of_many_pictures_only_those_of_the_last_seconds_are_held() -> None:
    camera = Camera()
    for number in range(1000):
        camera.see(PICTURE, number / 30)
    assert len(camera.coming) == round(3 * BEHIND * FPS)


@pytest.mark.parametrize("now", [0.0, 0.5, BEHIND])
def test_nothing_is_due_before_a_second_has_passed(now: float) -> None:
    due = Timeline().due(now)
    assert (due.pictures, len(due.sound), due.is_live) == ([], 0, False)


def test_only_what_came_from_a_person_is_live() -> None:
    timeline = Timeline()
    assert timeline.due(2.0).is_live is False
    speak(timeline.tutor, 1, 2.0, 3.0)
    assert timeline.due(4.0).is_live is True
