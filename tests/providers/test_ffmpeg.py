"""Clips: upright, captioned, exactly the moment that was asked for, and nothing left when cancelled."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from lessons.errors import ClipFailed, LessonError, NoDiskSpace, NotMedia, StorageUnavailable
from lessons.highlights import Caption
from lessons.loudness import Loudness
from lessons.ports import Cut, Progress
from providers.ffmpeg import FfmpegClipCutter, plain, subtitles
from providers.span_child import STRETCH, copy_span
from tests.providers.conftest import Make
from tests.providers.counting import CountingStorage

HELLO = (Caption(0.0, 1.0, "HELLO {\\b0} THERE"),)
CLOCK = ("-f", "lavfi", "-i", "nullsrc=size=160x90:rate=25:duration=8,geq=lum=16+N:cb=128:cr=128")
MURMUR = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=8,volume=-20dB")


@pytest.fixture
def cutter(ffmpeg_binary: Path) -> FfmpegClipCutter:
    return FfmpegClipCutter(ffmpeg_binary)


@pytest.fixture
def clock(make: Make) -> str:
    """A recording whose brightness tells its frame, with a key frame every two seconds and a faint tone."""
    small = ("-c:v", "libx264", "-crf", "1", "-g", "50", "-bf", "2", "-pix_fmt", "yuv420p")
    return make("clock.mp4", *CLOCK, *MURMUR, *small, "-movflags", "+faststart")


def frames_in(clip: Path) -> list[NDArray[np.uint8]]:
    """The brightness of every pixel, frame by frame."""
    with av.open(str(clip)) as file:
        return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in file.decode(video=0)]


def words_in(frame: NDArray[np.uint8]) -> int:
    """The rows with white on them, where captions stand."""
    return int((frame[1000:1500] > 240).any(axis=1).sum())


def level_of(clip: Path) -> float:
    loudness = Loudness()
    with av.open(str(clip)) as file:
        for frame in file.decode(audio=0):
            loudness.hear(float(np.square(frame.to_ndarray()[0]).mean()))
    return loudness.level


async def test_a_clip_is_upright_captioned_and_starts_at_the_very_frame(
    storage: CountingStorage, clock: str, cutter: FfmpegClipCutter, tmp_path: Path
) -> None:
    told: list[float] = []

    async def remember(done: float) -> None:
        told.append(done)

    clip = tmp_path / "clip.mp4"
    await cutter.cut(Cut(storage.url(clock), 3.0, 5.0, HELLO, True), clip, remember)
    with av.open(str(clip)) as file:
        assert [track.type for track in file.streams] == ["video", "audio"]
        assert (file.streams.video[0].width, file.streams.video[0].height) == (1080, 1920)
        assert file.streams.video[0].average_rate == 25
        assert float(file.duration or 0) / 1e6 == pytest.approx(2.0, abs=0.05)
    frames = frames_in(clip)
    assert len(frames) == 50
    assert float(frames[0][0, 0]) == pytest.approx((75 / 219) * 255, abs=2)
    assert 60 < words_in(frames[5]) < 150
    assert words_in(frames[40]) == 0
    assert level_of(clip) > -22
    assert clip.read_bytes().find(b"moov") < clip.read_bytes().find(b"mdat")
    assert told == sorted(told)
    assert told[-1] == 1
    assert list(tmp_path.iterdir()) == [clip]


@pytest.mark.parametrize(
    ("file", "how"),
    [("clock.mkv", ()), ("pieces.mp4", ("-movflags", "frag_keyframe+empty_moov+negative_cts_offsets"))],
    ids=["Matroska", "fragments"],
)
async def test_a_clip_is_whole_however_its_recording_is_laid_out(
    storage: CountingStorage,
    make: Make,
    clock: str,
    cutter: FfmpegClipCutter,
    tmp_path: Path,
    no_progress: Progress,
    file: str,
    how: Sequence[str],
) -> None:
    recording, clip = make(file, "-i", clock, "-c", "copy", *how), tmp_path / "clip.mp4"
    for start in (0.0, 1.52, 3.0, 3.92):
        await cutter.cut(Cut(storage.url(recording), start, start + 2.0, (), True), clip, no_progress)
        frames = frames_in(clip)
        assert len(frames) == 50
        assert float(frames[0][0, 0]) == pytest.approx((round(start * 25) / 219) * 255, abs=2)


async def test_captions_are_burned_where_no_font_is_installed(
    storage: CountingStorage,
    clock: str,
    cutter: FfmpegClipCutter,
    tmp_path: Path,
    no_progress: Progress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    clip = tmp_path / "clip.mp4"
    await cutter.cut(Cut(storage.url(clock), 0.0, 0.4, HELLO, True), clip, no_progress)
    assert words_in(frames_in(clip)[5]) > 60


async def test_a_recording_without_a_picture_gets_a_ground_of_ours(
    storage: CountingStorage, make: Make, cutter: FfmpegClipCutter, tmp_path: Path, no_progress: Progress
) -> None:
    clip = tmp_path / "clip.mp4"
    await cutter.cut(Cut(storage.url(make("murmur.m4a", *MURMUR)), 1.0, 2.0, HELLO, False), clip, no_progress)
    frames = frames_in(clip)
    assert frames[0].shape == (1920, 1080)
    assert len(frames) == 25
    assert words_in(frames[5]) > 60


@pytest.mark.parametrize(("source", "most"), [("100", 60), ("15", 15)])
async def test_a_clip_has_sixty_frames_a_second_at_most_and_never_more_than_its_source(
    storage: CountingStorage,
    make: Make,
    cutter: FfmpegClipCutter,
    tmp_path: Path,
    no_progress: Progress,
    source: str,
    most: int,
) -> None:
    picture = ("-f", "lavfi", "-i", f"testsrc=size=90x160:rate={source}:duration=2")
    file = make(f"at-{source}.webm", *picture, *MURMUR, "-t", "2", "-c:v", "libvpx", "-deadline", "realtime")
    await cutter.cut(Cut(storage.url(file), 0.5, 1.0, (), True), tmp_path / "clip.mp4", no_progress)
    assert len(frames_in(tmp_path / "clip.mp4")) == pytest.approx(most / 2, abs=1)


def test_a_span_out_of_a_long_recording_costs_little_more_than_its_own_bytes(
    storage: CountingStorage, make: Make, tmp_path: Path
) -> None:
    again = ("-stream_loop", "19", "-i", "lesson.mp4", "-c", "copy", "-movflags", "+faststart")
    long = storage.folder / make("long.mp4", *again)
    question = {"url": storage.url(long.name), "start": 1200.0, "end": 1260.0, "into": str(tmp_path / "span.mkv")}
    copy_span(question, lambda told: None)
    index = long.read_bytes().find(b"mdat")
    assert storage.sent <= 1.3 * 60 / 2014 * long.stat().st_size + index + 2 * STRETCH


def nothing(storage: CountingStorage) -> str:
    return storage.url("nowhere.mp4")


def poem(storage: CountingStorage) -> str:
    (storage.folder / "poem.mp4").write_text("no picture at all " * 9)
    return storage.url("poem.mp4")


@pytest.mark.parametrize(("source", "error"), [(nothing, StorageUnavailable), (poem, NotMedia)])
async def test_what_cannot_be_read_is_told_by_what_is_wrong_with_it(
    storage: CountingStorage,
    cutter: FfmpegClipCutter,
    tmp_path: Path,
    no_progress: Progress,
    source: Callable[[CountingStorage], str],
    error: type[LessonError],
) -> None:
    with pytest.raises(error):
        await cutter.cut(Cut(source(storage), 0.0, 1.0, (), True), tmp_path / "clip.mp4", no_progress)
    assert list(tmp_path.iterdir()) == []


async def test_a_clip_behind_the_end_of_the_recording_fails(
    storage: CountingStorage, clock: str, cutter: FfmpegClipCutter, tmp_path: Path, no_progress: Progress
) -> None:
    with pytest.raises(ClipFailed):
        await cutter.cut(Cut(storage.url(clock), 7.0, 9.0, (), True), tmp_path / "clip.mp4", no_progress)
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_is_told_as_such(cutter: FfmpegClipCutter, no_progress: Progress) -> None:
    tone = ["-f", "lavfi", "-i", "sine=duration=1", "-f", "mp4", "-y", "/dev/full"]
    with pytest.raises(NoDiskSpace):
        await cutter.render([str(cutter.binary), *tone], 1.0, no_progress)


async def test_a_cancelled_cut_leaves_nothing(
    storage: CountingStorage, cutter: FfmpegClipCutter, tmp_path: Path
) -> None:
    is_rendering = asyncio.Event()

    async def rendering(done: float) -> None:
        is_rendering.set()

    cut = Cut(storage.url("lesson.mp4"), 0.0, 20.0, (), True)
    task = asyncio.create_task(cutter.cut(cut, tmp_path / "clip.mp4", rendering))
    await is_rendering.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.iterdir()) == []
    assert not any(str(tmp_path).encode() in line.read_bytes() for line in Path("/proc").glob("[0-9]*/cmdline"))


def test_a_caption_cannot_command_the_renderer() -> None:
    written = subtitles((Caption(0.0, 1.5, "a {\\pos(0,0)}\\N b\n\nc"),))
    assert written.endswith("0:00:00.00,0:00:01.50,Default,,0,0,0,,a (/pos(0,0))/N b c\n")
    assert plain("¿Más?") == "¿Más?"
