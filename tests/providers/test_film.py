"""The recorder's file, written while it happens."""

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from providers.film import FRAGMENT_SECONDS, HEIGHT, WIDTH, Film
from providers.remux_child import remux
from providers.timeline import FPS, RATE, STALE, Due, Picture

BLOCK = 1024


def grey(width: int, height: int, quarters: int = 0) -> Picture:
    """A picture that is white above and grey below."""
    rows, columns = (height + 1) // 2, (width + 1) // 2
    luma = np.full((height, width), 120, np.uint8)
    luma[: height // 2] = 230
    return Picture(width, height, np.concatenate([luma.ravel(), np.full(2 * rows * columns, 128, np.uint8)]), quarters)


def film_of(folder: Path, pictures: Iterable[Picture | None], clicks: Iterable[int] = (), seconds: int = 3) -> Path:
    """A whole film, put together from its pieces; a click is one millisecond, on the left channel."""
    film, shots = Film(folder), list(pictures)
    blocks = seconds * RATE // BLOCK
    sound = np.zeros((blocks * BLOCK, 2), np.int16)
    for click in clicks:
        sound[click : click + 48, 0] = 20_000
    film.write(Due(0, shots, 0, sound[: BLOCK * 9], True))
    film.write(Due(len(shots), [], BLOCK * 9, sound[BLOCK * 9 :], True))
    film.close()
    return joined(folder)


def joined(folder: Path) -> Path:
    whole = folder / "film.mp4"
    whole.write_bytes(b"".join(piece.read_bytes() for piece in sorted(folder.glob("*.m4s"))))
    return whole


def remuxed(film: Path, whole: Path) -> tuple[float, float]:
    return remux({"source": str(film), "into": str(whole)}, lambda told: None)


def pictures_in(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as film:
        return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in film.decode(video=0)]


def left_channel(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as film:
        return np.concatenate([np.asarray(frame.to_ndarray()[0], np.float32) for frame in film.decode(audio=0)])


@pytest.mark.parametrize(
    ("picture", "left", "top"),
    [
        (grey(1280, 720), 0, 0),
        (grey(640, 360), 0, 0),
        (grey(480, 640), 370, 0),
        (grey(321, 181), 0, 0),
        (grey(1280, 200), 0, 260),
    ],
)
def test_every_size_is_shown_whole_in_the_middle_of_one_canvas(
    tmp_path: Path, picture: Picture, left: int, top: int
) -> None:
    (shown,) = pictures_in(film_of(tmp_path, [picture]))
    assert shown.shape == (HEIGHT, WIDTH)
    bright = np.argwhere(shown > 60)
    assert np.abs(bright.min(axis=0) - (top, left)).max() <= 4
    assert np.abs(bright.max(axis=0) - (HEIGHT - 1 - top, WIDTH - 1 - left)).max() <= 4


def test_a_phone_held_upright_is_turned(tmp_path: Path) -> None:
    (shown,) = pictures_in(film_of(tmp_path, [grey(640, 360, quarters=1)]))
    assert shown[HEIGHT // 2, WIDTH // 2 + 100] > shown[HEIGHT // 2, WIDTH // 2 - 100] + 60
    assert shown[HEIGHT // 2, 100] < 20


def test_without_a_camera_it_is_black(tmp_path: Path) -> None:
    shots = pictures_in(film_of(tmp_path, [None, grey(1280, 720), None]))
    assert [shot.max() > 100 for shot in shots] == [False, True, False]


def test_sound_stands_at_its_sample_also_in_the_whole_file(tmp_path: Path) -> None:
    clicks = [RATE // 2, RATE, 2 * RATE]
    film, whole = film_of(tmp_path, [None] * 3 * FPS, clicks), tmp_path / "whole.mp4"
    begins, seconds = remuxed(film, whole)
    assert begins == 0
    assert seconds == pytest.approx(3.0, abs=0.05)
    sound = left_channel(whole)
    for click in clicks:
        assert abs(int(np.argmax(np.abs(sound[click - 2400 : click + 2400]) > 0.2)) - 2400) <= 24


def test_the_whole_file_has_its_index_first_and_nothing_is_encoded_anew(tmp_path: Path) -> None:
    film, whole = film_of(tmp_path, [grey(1280, 720), None] * 20), tmp_path / "whole.mp4"
    remuxed(film, whole)
    head = whole.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    with av.open(str(film)) as before, av.open(str(whole)) as after:
        old, new = ([bytes(packet) for packet in file.demux(video=0) if packet.size] for file in (before, after))
    assert old == new


@pytest.mark.parametrize("share", [0.35, 0.6, 0.83, 0.99])
def test_a_film_that_is_cut_off_anywhere_is_good_up_to_there(tmp_path: Path, share: float) -> None:
    shots = [grey(1280, 720 - 8 * number) for number in range(45)]
    film, whole = film_of(tmp_path, shots), tmp_path / "whole.mp4"
    film.write_bytes(film.read_bytes()[: int(film.stat().st_size * share)])
    begins, seconds = remuxed(film, whole)
    assert begins == 0
    assert 0 < seconds <= 3.05
    assert len(pictures_in(whole)) > 0


@pytest.mark.parametrize("bytes_there", [0, 20, 300])
def test_of_a_film_without_its_beginning_nothing_is_made(tmp_path: Path, bytes_there: int) -> None:
    film = film_of(tmp_path, [None])
    film.write_bytes(film.read_bytes()[:bytes_there])
    assert remuxed(film, tmp_path / "whole.mp4") == (0.0, 0.0)


@pytest.mark.parametrize("first", [1, 2, 3, 4])
def test_what_was_filmed_from_any_piece_on_is_good_after_the_head(tmp_path: Path, first: int) -> None:
    film, blocks = Film(tmp_path, piece_seconds=0.0), RATE // BLOCK
    for second in range(5):
        sound = np.zeros((blocks * BLOCK, 2), np.int16)
        sound[RATE // 2 : RATE // 2 + 48, 0] = 20_000
        film.write(Due(second * FPS, [grey(1280, 720 - 8 * second)] * FPS, second * blocks * BLOCK, sound, True))
    film.close()
    head, *pieces = sorted(tmp_path.glob("*.m4s"))
    later, whole = tmp_path / "later.mp4", tmp_path / "whole.mp4"
    later.write_bytes(b"".join(piece.read_bytes() for piece in (head, *pieces[first:])))
    begins, seconds = remuxed(later, whole)
    assert begins + seconds == pytest.approx(5.0, abs=0.05)
    clicks = [second * blocks * BLOCK / RATE + 0.5 - begins for second in range(5)]
    clicks = [click for click in clicks if click > 0]
    heard = [np.abs(left_channel(whole)[round(at * RATE) - 24 :][:96]).max() for at in clicks]
    assert len(heard) == 5 - first
    assert min(heard) > 0.2
    assert len(pictures_in(whole)) >= round((seconds - 2) * FPS)


def test_a_film_is_safe_only_when_something_live_is_on_the_disk(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.write(Due(0, [None] * 30, 0, np.zeros((2 * RATE // BLOCK * BLOCK, 2), np.int16), False))
    assert not film.is_safe(time.monotonic())
    film.close()


def test_a_film_that_does_not_grow_is_not_safe_for_long(tmp_path: Path) -> None:
    film = Film(tmp_path)
    live = Due(0, [None] * FPS * 2, 0, np.zeros((2 * RATE // BLOCK * BLOCK, 2), np.int16), True)
    film.write(live)
    time.sleep(FRAGMENT_SECONDS + 0.1)
    film.write(replace(live, frame=FPS * 2, sample=len(live.sound)))
    assert film.is_safe(film.pieces.written)
    assert not film.is_safe(film.pieces.written + STALE)
    film.close()
