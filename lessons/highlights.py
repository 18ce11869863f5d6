"""Highlights: the moments of a lesson that show a stranger what it is like."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caption:
    """A few words shown together, in seconds of the clip."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Highlight:
    """A span of the lesson in seconds, snapped to words; `snippet` is exactly what is said in it."""

    start: float
    end: float
    viral_score: float
    title: str
    snippet: str
