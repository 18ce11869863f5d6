"""One MP4 that is written while it happens: in fragments, so that what is written stays readable, whatever follows."""

import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from providers.timeline import FPS, RATE, STALE, Due, Picture

WIDTH, HEIGHT = 1280, 720
BLACK, GREY = 16, 128
PIECE_SECONDS = 8.0
FRAGMENT_SECONDS = 1.0
FRAGMENT = b"moof"
"""The name of the box that a fragment begins with (ISO 14496-12, 8.8.4)."""

MUXING = {
    "movflags": "frag_keyframe+delay_moov+default_base_moof",
    "frag_duration": str(round(FRAGMENT_SECONDS * 1_000_000)),
    "flush_packets": "1",
}
ENCODING = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": "26",
    "maxrate": "2M",
    "bufsize": "4M",
    "g": str(2 * FPS),
    "threads": "1",
}

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


class Pieces:
    """A file that only grows, cut into files 00000.m4s, 00001.m4s ... of some seconds; strung together they are it.

    The first one is the head alone, and every other begins with a fragment, so that those of any later time can be
    read after the head. A piece never changes once there is a next one.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder, self.seconds, self.number = folder, seconds, -1
        self.until = self.written = 0.0

    def write(self, data: bytes) -> int:
        is_fragment = bytes(data[4:8]) == FRAGMENT
        if self.number < 0 or (is_fragment and time.monotonic() >= self.until):
            self.number += 1
            self.until = time.monotonic() + self.seconds if is_fragment else 0.0
        with (self.folder / f"{self.number:05d}.m4s").open("ab", buffering=0) as piece:
            piece.write(data)
        self.written = time.monotonic()
        return len(data)


class Film:
    """The MP4 of a recording: H.264 at 15 pictures a second on a canvas of 1280x720, and stereo AAC at 48 kHz."""

    def __init__(self, folder: Path, piece_seconds: float = PIECE_SECONDS) -> None:
        self.pieces = Pieces(folder, piece_seconds)
        self.file = av.open(self.pieces, "w", format="mp4", options=MUXING)
        self.picture, self.sound = picture_track(self.file), sound_track(self.file)
        self.live_since: float | None = None
        self.drawn: tuple[Picture | None, av.VideoFrame] = (None, drawing(None))

    def is_safe(self, now: float) -> bool:
        """Whether something live is on the disk, and the film has grown there until a moment before `now`.

        By time.monotonic.
        """
        live = self.live_since is not None and self.pieces.written > self.live_since + FRAGMENT_SECONDS
        return live and now - self.pieces.written < STALE

    def write(self, due: Due) -> None:
        for number, picture in enumerate(due.pictures, due.frame):
            frame = self.draw(picture)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            self.file.mux(self.picture.encode(frame))
        if len(due.sound):
            sound = av.AudioFrame.from_ndarray(due.sound.reshape(1, -1), "s16", "stereo")
            sound.sample_rate, sound.pts, sound.time_base = RATE, due.sample, Fraction(1, RATE)
            self.file.mux(self.sound.encode(sound))
        if due.is_live and self.live_since is None:
            self.live_since = time.monotonic()

    def draw(self, picture: Picture | None) -> av.VideoFrame:
        if picture is not self.drawn[0]:
            self.drawn = (picture, drawing(picture))
        return self.drawn[1]

    def close(self) -> None:
        for track in (self.picture, self.sound):
            self.file.mux(track.encode(None))
        self.file.close()


def picture_track(file: OutputContainer) -> VideoStream:
    track = file.add_stream("libx264", rate=FPS, options=ENCODING)
    track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    track.codec_context.time_base = Fraction(1, FPS)
    return track


def sound_track(file: OutputContainer) -> AudioStream:
    return file.add_stream("aac", rate=RATE, layout="stereo", bit_rate=96_000)


def drawing(picture: Picture | None) -> av.VideoFrame:
    """The picture upright in the middle of the black canvas, as large as it fits."""
    canvas = np.full(WIDTH * HEIGHT * 3 // 2, GREY, np.uint8)
    canvas[: WIDTH * HEIGHT] = BLACK
    if picture is not None:
        paste(fitted(picture), planes_of(canvas, WIDTH, HEIGHT))
    return av.VideoFrame.from_ndarray(canvas.reshape(-1, WIDTH), "yuv420p")


def paste(planes: Planes, canvas: Planes) -> None:
    height, width = planes[0].shape
    top, left = (HEIGHT - height) // 4 * 2, (WIDTH - width) // 4 * 2
    for part, whole, scale in zip(planes, canvas, (1, 2, 2), strict=True):
        rows, columns = part.shape
        whole[top // scale : top // scale + rows, left // scale : left // scale + columns] = part


def fitted(picture: Picture) -> Planes:
    """The planes of the picture, upright, of even sides, and scaled to the canvas."""
    planes = upright(picture)
    height, width = planes[0].shape
    scale = min(WIDTH / width, HEIGHT / height)
    new_width, new_height = round(width * scale / 2) * 2, round(height * scale / 2) * 2
    if (new_width, new_height) == (width, height):
        return planes
    flat = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, width)
    scaled = av.VideoFrame.from_ndarray(flat, "yuv420p").reformat(new_width, new_height, interpolation="BILINEAR")
    return planes_of(np.asarray(scaled.to_ndarray(), np.uint8).ravel(), new_width, new_height)


def upright(picture: Picture) -> Planes:
    luma, blue, red = planes_of(picture.planes, picture.width, picture.height)
    rows, columns = picture.height // 2, picture.width // 2
    even = (luma[: rows * 2, : columns * 2], blue[:rows, :columns], red[:rows, :columns])
    turned = [np.rot90(plane, -picture.quarters) for plane in even]
    return turned[0], turned[1], turned[2]


def planes_of(data: NDArray[np.uint8], width: int, height: int) -> Planes:
    """Views of the three planes of a picture in I420, whose lines are not padded."""
    rows, columns = (height + 1) // 2, (width + 1) // 2
    luma, chroma = width * height, rows * columns
    return (
        data[:luma].reshape(height, width),
        data[luma : luma + chroma].reshape(rows, columns),
        data[luma + chroma : luma + 2 * chroma].reshape(rows, columns),
    )
