"""Drills: what a student practises after a lesson."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DrillType(StrEnum):
    SCRAMBLE = "scramble"
    MATCH = "match"
    FIX = "fix"


@dataclass(frozen=True)
class Drill:
    """One playable exercise; `seconds` is the moment of the lesson it comes from.

    `content` is what stands in lesson_drills.content: `{type, prompt, data, target, correction, explanation}`.
    """

    type: DrillType
    content: dict[str, Any]
    seconds: float
    focus: str
