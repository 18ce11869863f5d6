"""Who said what and when: the transcript of a lesson."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

MARKS = '.,;:!?…"“”‘()[]«»¿¡–—'
CLOSING = "\"”'’)]»"
ABBREVIATIONS = frozenset({"mr.", "mrs.", "ms.", "dr.", "st.", "e.g.", "i.e."})


class Speaker(StrEnum):
    TUTOR = "tutor"
    STUDENT = "student"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was written down, its span in seconds of the lesson, the recogniser's confidence 0..1."""

    text: str
    start: float
    end: float
    confidence: float

    @property
    def bare(self) -> str:
        """The word in small letters, without the punctuation around it."""
        return self.text.lower().replace("’", "'").strip(MARKS)

    @property
    def ends_sentence(self) -> bool:
        ending = self.text.rstrip(CLOSING)
        return ending.endswith((".", "!", "?", "…")) and ending.lower() not in ABBREVIATIONS


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one person said without a longer pause; `language` is an ISO 639-1 code or empty."""

    speaker: Speaker
    words: tuple[Word, ...]
    language: str = ""

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        return sum(word.confidence for word in self.words) / len(self.words)

    def shifted(self, seconds: float) -> "Utterance":
        """The same, so many seconds later."""
        moved = (replace(word, start=word.start + seconds, end=word.end + seconds) for word in self.words)
        return replace(self, words=tuple(moved)) if seconds else self

    def within(self, seconds: float) -> "Utterance":
        """The same, without times behind the end of a recording of so many seconds."""
        kept = (replace(word, start=min(word.start, seconds), end=min(word.end, seconds)) for word in self.words)
        return replace(self, words=tuple(kept)) if self.end > seconds else self

    @property
    def sentences(self) -> list[tuple[Word, ...]]:
        """The words, cut after each full stop, question mark and exclamation mark."""
        return pieces(self.words, lambda before, _: before.ends_sentence)


@dataclass(frozen=True, slots=True)
class Transcript:
    """All utterances of a lesson in order of their start; none is without words."""

    utterances: tuple[Utterance, ...] = ()

    @property
    def words(self) -> int:
        return sum(len(one.words) for one in self.utterances)

    def words_of(self, speaker: Speaker) -> int:
        return sum(len(one.words) for one in self.utterances if one.speaker is speaker)

    def shifted(self, seconds: float) -> "Transcript":
        """The same, so many seconds later."""
        return Transcript(tuple(one.shifted(seconds) for one in self.utterances))

    def within(self, seconds: float) -> "Transcript":
        """The same, without times behind the end of a recording of so many seconds."""
        return Transcript(tuple(one.within(seconds) for one in self.utterances))


def in_order(utterances: Iterable[Utterance]) -> Transcript:
    """A transcript of these utterances, sorted by time; empty ones are left out."""
    spoken = (one for one in utterances if one.words)
    return Transcript(tuple(sorted(spoken, key=lambda one: (one.start, one.speaker))))


def pieces(items: Sequence[T], cut: Callable[[T, T], bool]) -> list[tuple[T, ...]]:
    """The items in order, cut between every two neighbours of which `cut` is true."""
    edges = [0, *(at for at in range(1, len(items)) if cut(items[at - 1], items[at])), len(items)]
    return [tuple(items[a:b]) for a, b in pairwise(edges) if a < b]
