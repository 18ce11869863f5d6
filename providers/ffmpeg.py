"""Marketing clips rendered by ffmpeg, that never sees the network: a child copies the span out of storage first."""

import asyncio
import errno
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import ffmpeg
import pysubs2

from lessons.errors import ClipFailed, NoDiskSpace
from lessons.highlights import Caption
from lessons.ports import Cut, Progress
from providers.children import ask, reader_of, running

WIDTH, HEIGHT, MOST_FPS = 1080, 1920, 60
CANVAS = "0x12324f"
LOOK = pysubs2.SSAStyle(
    fontname="Lato",
    bold=True,
    fontsize=112,
    outline=6,
    shadow=0,
    alignment=pysubs2.Alignment.BOTTOM_CENTER,
    marginl=110,
    marginr=110,
    marginv=520,
)
LOUDNESS = {"I": -14, "TP": -1.5, "LRA": 11}
ENCODING = {
    "vcodec": "libx264",
    "preset": "superfast",
    "x264-params": "b-adapt=0:weightp=0:scenecut=0",
    "crf": 23,
    "pix_fmt": "yuv420p",
    "fpsmax": MOST_FPS,
    "acodec": "aac",
    "audio_bitrate": "128k",
    "ac": 2,
    "ar": 48000,
    "movflags": "+faststart",
}


@dataclass(frozen=True)
class FfmpegClipCutter:
    """A ClipCutter; `binary` is any ffmpeg >= 5 with libx264 and libass."""

    binary: Path

    async def cut(self, cut: Cut, into: Path, progress: Progress) -> None:
        with TemporaryDirectory(dir=into.parent) as scratch:
            span, captions, draft = (Path(scratch, name) for name in ("span.mkv", "captions.ass", "clip.mp4"))
            question = {"url": cut.url, "start": cut.start, "end": cut.end, "into": str(span)}
            starts = await ask("providers.span_child", question, progress)
            await asyncio.to_thread(captions.write_text, subtitles(cut.captions))
            argv = argv_of(self.binary, cut, span, starts, captions, draft)
            await self.render(argv, cut.end - cut.start, progress)
            await asyncio.to_thread(check, draft, cut.end - cut.start)
            draft.replace(into)

    async def render(self, argv: Sequence[str], seconds: float, progress: Progress) -> None:
        done = 0.0
        async with running(argv, quiet=True) as child:
            async for line in reader_of(child):
                if at := re.fullmatch(rb"out_time_us=(\d+)\s*", line):
                    await progress(done := max(done, min(1.0, int(at[1]) / 1e6 / seconds)))
            code = await child.wait()
        if code:
            raise NoDiskSpace if code == 256 - errno.ENOSPC else ClipFailed(f"ffmpeg ended with {code}")


def argv_of(binary: Path, cut: Cut, span: Path, starts: float, captions: Path, into: Path) -> list[str]:
    """What ffmpeg is asked: the span from `starts` on, upright, captioned, evenly loud."""
    source = ffmpeg.input(
        f"file:{span}",
        ss=starts,
        t=cut.end - cut.start,
        seek_timestamp=1,
        protocol_whitelist="file",
        format_whitelist="matroska",
    )
    sound = source.audio.filter("aformat", channel_layouts="mono").filter("loudnorm", **LOUDNESS)
    picture = upright(source.video) if cut.has_picture else canvas(source.audio)
    titled = picture.filter("ass", filename=str(captions), fontsdir=str(fonts()))
    output = ffmpeg.output(titled, sound, f"file:{into}", t=cut.end - cut.start, **ENCODING).global_args(
        "-nostdin", "-loglevel", "quiet", "-progress", "pipe:1"
    )
    argv: list[str] = ffmpeg.compile(output, cmd=str(binary))
    return argv


def upright(picture: Any) -> Any:
    """The middle of a picture, as much of it as a standing screen shows."""
    cropped = picture.filter("crop", f"min(iw,ih*{WIDTH}/{HEIGHT})", f"min(ih,iw*{HEIGHT}/{WIDTH})")
    return cropped.filter("scale", WIDTH, HEIGHT).filter("setsar", 1)


def canvas(sound: Any) -> Any:
    """A plain ground with the sound's wave on it, for a recording without a picture."""
    ground = ffmpeg.input(f"color=c={CANVAS}:s={WIDTH}x{HEIGHT}:r=25", f="lavfi")
    wave = sound.filter("showwaves", s=f"{WIDTH - 240}x360", mode="cline", rate=25, colors="white")
    return ground.overlay(wave, x=120, y=640)


def subtitles(captions: Sequence[Caption]) -> str:
    """Captions as an ASS file for our frame, above what the players of short videos lay over it."""
    file = pysubs2.SSAFile()
    file.info.update({"PlayResX": str(WIDTH), "PlayResY": str(HEIGHT)})
    file.styles["Default"] = LOOK
    for caption in captions:
        start, end = round(caption.start * 1000), round(caption.end * 1000)
        file.append(pysubs2.SSAEvent(start=start, end=end, text=plain(caption.text)))
    return file.to_string("ass")


def fonts() -> Path:
    """The folder of the font that a package brings along: a slim system has none, and libass then draws nothing."""
    package = importlib.util.find_spec("font_lato")
    if package is None or not package.submodule_search_locations:
        raise ClipFailed("the package font-lato is not installed")
    return Path(package.submodule_search_locations[0], "files")


def plain(text: str) -> str:
    """Text in which ASS finds no command."""
    return " ".join(text.translate({ord("{"): "(", ord("}"): ")", ord("\\"): "/"}).split())


def check(clip: Path, seconds: float) -> None:
    """Raise ClipFailed unless picture and sound have the clip's length, give or take a quarter of a second."""
    with av.open(str(clip)) as file:
        lengths = [float((track.duration or 0) * (track.time_base or 0)) for track in file.streams]
        kinds = [track.type for track in file.streams]
    if sorted(kinds) != ["audio", "video"] or any(abs(length - seconds) > 0.25 for length in lengths):
        raise ClipFailed("what ffmpeg wrote is not the clip that was asked for")
