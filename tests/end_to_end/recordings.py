"""Recordings that are made of the short sample."""

import subprocess
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from studio.commands.demo import SAMPLE

SHORT = SAMPLE.with_name("short.mp4")


def ffmpeg(*words: str | Path) -> None:
    quiet = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    subprocess.run([get_ffmpeg_exe(), *quiet, *words], check=True)


def silence(file: Path) -> None:
    ffmpeg("-i", SHORT, "-c:v", "copy", "-af", "volume=0", file)
