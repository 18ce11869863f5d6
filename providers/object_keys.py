"""What may name an object, in every storage."""

import re

from lessons.errors import RecordingMissing

SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,200}"
KEY = re.compile(rf"{SEGMENT}(/{SEGMENT}){{0,9}}")


def checked(key: str) -> str:
    """The key; raises RecordingMissing for what cannot be one."""
    if not KEY.fullmatch(key):
        raise RecordingMissing
    return key


def bounded(prefix: str) -> str:
    """A prefix that has an owner: a whole key, or `kind/id/` and what lies below. Raises RecordingMissing."""
    if prefix.endswith("/") and prefix.count("/") < 2:
        raise RecordingMissing
    checked(prefix.removesuffix("/"))
    return prefix
