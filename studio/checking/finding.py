"""What `studio doctor` finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    FINE = "fine"
    OFF = "off"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What is known of one part; `fix` says what to do where it is wrong."""

    part: str
    state: State
    said: str
    fix: str = ""


def fine(part: str, said: str) -> Finding:
    return Finding(part, State.FINE, said)


def off(part: str, said: str) -> Finding:
    return Finding(part, State.OFF, said)


def wrong(part: str, said: str, fix: str) -> Finding:
    return Finding(part, State.WRONG, said, fix)
