"""What is noted in the bucket of the parts of a room's recording, below `lessons/<room>/recordings/`.

Of part 0 that is at first `0000/part.json`, beside its pieces, written anew again and again while somebody records it;
at last it is `0000.json`.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lessons.errors import RecordingMissing
from lessons.ports import FileStore
from providers.object_keys import checked

MOST = 1 << 12
"""The most bytes of a note."""

DEAD_AFTER = 180.0
"""Seconds after which a part that is not marked anew is recorded by nobody."""

Note = dict[str, Any]
"""`id` and `started_at` of a part, `first`, its first piece after the head, and `at`, when it was last being recorded.

Of a whole one `seconds`, `bytes` and `until`, the first piece that is not in it, too.
"""


@dataclass(frozen=True)
class PartNotes:
    """The notes of all rooms."""

    files: FileStore
    scratch: Path

    async def of(self, room: str, number: int) -> Note | None:
        """What is known of a part: as a whole file, else as pieces."""
        place = place_of(room, number)
        return await self.read(f"{place}.json") or await self.read(f"{place}/part.json")

    async def read(self, key: str) -> Note | None:
        try:
            note: Note = json.loads(await self.files.read(key, MOST))
        except RecordingMissing:
            return None
        return note

    async def write(self, key: str, note: Note, replace: bool = False) -> None:
        """Keep a note; without `replace` one that is there already stays."""
        with drafts(self.scratch) as folder:
            draft = Path(folder, "note.json")
            await asyncio.to_thread(draft.write_text, json.dumps(note))
            await self.files.put(key, draft, "application/json", replace)


def place_of(room: str, number: int) -> str:
    return f"lessons/{checked(room)}/recordings/{number:04d}"


def is_whole(note: Note) -> bool:
    return "seconds" in note


def is_alive(note: Note) -> bool:
    """Whether somebody recorded the part a moment ago, by the clock of whoever did."""
    return abs(time.time() - float(note.get("at", 0.0))) < DEAD_AFTER


def drafts(scratch: Path) -> TemporaryDirectory[str]:
    """A folder for what is on its way into the bucket."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    return TemporaryDirectory(dir=scratch, prefix=".")
