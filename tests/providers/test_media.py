"""The one pass over a recording: what is measured, what is copied, and what is wrong with bad files."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from lessons.errors import (
    LessonError,
    NoAudio,
    NoDiskSpace,
    NotMedia,
    RecordingEmpty,
    RecordingTooLong,
    RecordingTruncated,
    StorageUnavailable,
)
from lessons.loudness import SILENCE, is_silent
from lessons.ports import Measured
from providers.media import PyAvMediaReader
from tests.providers.conftest import Make
from tests.providers.counting import CountingStorage

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")
PICTURE = ("-f", "lavfi", "-i", "testsrc=size=160x90:rate=25:duration=2")
LAYOUTS = {"mono": 1, "stereo": 2, "5.1": 6}


async def measured(url: str, into: Path) -> Measured:
    async def ignore(done: float) -> None:
        pass

    return await PyAvMediaReader().read(url, into, ignore)


def packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


async def test_a_recording_of_the_egress_is_measured_and_its_sound_copied_as_it_is(
    storage: CountingStorage, recordings: Path, tmp_path: Path
) -> None:
    told: list[float] = []

    async def remember(done: float) -> None:
        told.append(done)

    audio = tmp_path / "audio.m4a"
    found = await PyAvMediaReader().read(storage.url("short.mp4"), audio, remember)
    assert (found.width, found.height, found.channels) == (1280, 720, 2)
    assert found.seconds == pytest.approx(14.1, abs=0.1)
    assert found.bytes == (recordings / "short.mp4").stat().st_size
    assert (found.audio_packets, found.video_packets) == (len(packets_of(recordings / "short.mp4")), 353)
    assert packets_of(audio) == packets_of(recordings / "short.mp4")
    assert found.audio_sha256 == hashlib.sha256(audio.read_bytes()).hexdigest()
    assert told == sorted(told)
    assert told[-1] > 0.9


async def test_the_sound_begins_with_its_index(storage: CountingStorage, tmp_path: Path) -> None:
    await measured(storage.url("short.mp4"), tmp_path / "audio.m4a")
    sound = (tmp_path / "audio.m4a").read_bytes()
    assert 0 < sound.index(b"moov") < sound.index(b"mdat")


async def test_a_silent_channel_beside_a_loud_one_is_told_apart(
    storage: CountingStorage, make: Make, tmp_path: Path
) -> None:
    left_only = make("left.m4a", *TONE, "-af", "pan=stereo|c0=c0|c1=0*c0", "-c:a", "aac")
    found = await measured(storage.url(left_only), tmp_path / "audio.m4a")
    assert found.loudness[0] == pytest.approx(-21, abs=1)
    assert found.loudness[1] == SILENCE
    assert [is_silent(level) for level in found.loudness] == [False, True]


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("opus.webm", "stereo"),
        ("opus.webm", "5.1"),
        ("vorbis.ogg", "mono"),
        ("pcm.wav", "stereo"),
        ("mp3.mp3", "mono"),
        ("aac.mp4", "5.1"),
    ],
)
async def test_sound_of_every_kind_becomes_aac_of_the_same_length(
    storage: CountingStorage, make: Make, tmp_path: Path, name: str, layout: str
) -> None:
    file = make(f"{layout}-{name}", *TONE, "-af", f"aformat=channel_layouts={layout}")
    found = await measured(storage.url(file), tmp_path / "audio.m4a")
    assert (found.channels, found.width, found.video_packets) == (LAYOUTS[layout], 0, 0)
    assert len(found.loudness) == LAYOUTS[layout]
    assert found.audio_seconds == pytest.approx(2, abs=0.1)
    with av.open(str(tmp_path / "audio.m4a")) as audio:
        assert audio.streams.audio[0].codec_context.name == "aac"
        assert audio.streams.audio[0].channels == LAYOUTS[layout]
        assert float(audio.duration or 0) / 1e6 == pytest.approx(2, abs=0.1)


async def test_sound_that_sets_in_late_keeps_its_place(storage: CountingStorage, make: Make, tmp_path: Path) -> None:
    late = make("late.mp4", *PICTURE, "-itsoffset", "1", *TONE, "-map", "0", "-map", "1")
    found = await measured(storage.url(late), tmp_path / "audio.m4a")
    with av.open(str(tmp_path / "audio.m4a")) as audio:
        first = next(audio.decode(audio=0))
    assert first.time == pytest.approx(1, abs=0.05)
    assert found.audio_seconds == pytest.approx(3, abs=0.1)


async def test_a_cover_is_no_picture(storage: CountingStorage, make: Make, tmp_path: Path) -> None:
    cover = make("cover.png", *PICTURE, "-frames:v", "1")
    song = make("song.mp3", *TONE, "-i", cover, "-map", "0", "-map", "1", "-disposition:v", "attached_pic")
    found = await measured(storage.url(song), tmp_path / "audio.m4a")
    assert (found.width, found.video_packets) == (0, 0)


@pytest.mark.parametrize("flags", ["+faststart", "-faststart"])
async def test_one_pass_reads_little_more_than_the_recording(
    storage: CountingStorage, make: Make, tmp_path: Path, flags: str
) -> None:
    snow = ("-f", "lavfi", "-i", "color=s=640x360:rate=25:duration=6,noise=alls=100:allf=t", "-c:v", "mjpeg", "-q", "2")
    big = make(f"big{flags}.mp4", *TONE, *snow, "-movflags", flags)
    found = await measured(storage.url(big), tmp_path / "audio.m4a")
    assert found.bytes > 30_000_000
    assert storage.sent <= 1.1 * found.bytes


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("Dear diary, " * 500)


def playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:1/planted\n")


def list_of_files(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile '/etc/passwd'\n")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(100_000))


def without_its_end(path: Path) -> None:
    whole = path.with_name("short.mp4").read_bytes()
    path.write_bytes(whole[:-2000])


def header_alone(path: Path) -> None:
    path.write_bytes(path.with_name("short.mp4").read_bytes()[:500])


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (empty, RecordingEmpty),
        (text, NotMedia),
        (playlist, NotMedia),
        (list_of_files, NotMedia),
        (zeros, NotMedia),
        (without_its_end, RecordingTruncated),
        (header_alone, RecordingTruncated),
    ],
)
async def test_a_bad_file_is_told_by_what_is_wrong_with_it(
    storage: CountingStorage,
    recordings: Path,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    error: type[LessonError],
) -> None:
    spoil(recordings / f"{spoil.__name__}.mp4")
    with pytest.raises(error):
        await measured(storage.url(f"{spoil.__name__}.mp4"), tmp_path / "audio.m4a")


@pytest.mark.parametrize("name", ["end.mp4", "end.webm"])
async def test_a_file_without_its_last_third_is_cut_short(
    storage: CountingStorage, recordings: Path, make: Make, tmp_path: Path, name: str
) -> None:
    whole = (recordings / make(f"whole-{name}", *TONE, "-af", "apad=whole_dur=9")).read_bytes()
    (recordings / name).write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(RecordingTruncated):
        await measured(storage.url(name), tmp_path / "audio.m4a")


async def test_a_recording_without_sound_has_no_audio(storage: CountingStorage, make: Make, tmp_path: Path) -> None:
    with pytest.raises(NoAudio):
        await measured(storage.url(make("mute.mp4", *PICTURE)), tmp_path / "audio.m4a")


async def test_more_than_twelve_hours_are_refused(storage: CountingStorage, make: Make, tmp_path: Path) -> None:
    one_frame_a_day = ("-f", "lavfi", "-i", "color=s=16x16:rate=1/43300:duration=86600")
    with pytest.raises(RecordingTooLong):
        await measured(storage.url(make("day.mp4", *TONE, *one_frame_a_day)), tmp_path / "audio.m4a")


async def test_a_storage_that_does_not_know_the_file_is_unavailable(storage: CountingStorage, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        await measured(storage.url("nowhere.mp4"), tmp_path / "audio.m4a")
    assert "planted-secret" not in repr(caught.value)


async def test_a_full_disk_is_told_as_such(storage: CountingStorage) -> None:
    with pytest.raises(NoDiskSpace):
        await measured(storage.url("short.mp4"), Path("/dev/full"))


async def test_a_storage_that_breaks_off_in_the_middle_is_asked_again(
    storage: CountingStorage, recordings: Path, tmp_path: Path
) -> None:
    storage.breaks, storage.breaks_after = 3, 100_000
    await measured(storage.url("short.mp4"), tmp_path / "audio.m4a")
    assert packets_of(tmp_path / "audio.m4a") == packets_of(recordings / "short.mp4")
