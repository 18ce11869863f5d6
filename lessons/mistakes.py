"""Mistakes a student made: what she said, what would be better, and the evidence."""

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """What proves a mistake beside the words themselves."""

    RECAST = "recast"
    EXPLICIT = "explicit"
    NONE = "none"


class MistakeType(StrEnum):
    TENSE = "tense"
    FORM = "form"
    AGREEMENT = "agreement"
    ARTICLE = "article"
    PREPOSITION = "preposition"
    PRONOUN = "pronoun"
    NUMBER = "number"
    WORD_CHOICE = "word choice"
    WORD_ORDER = "word order"
    MISSING = "missing"
    EXTRA = "extra"
    FALLBACK = "first-language fallback"


@dataclass(frozen=True)
class Suggestion:
    """What a rule or a grammar checker holds against the characters `start` to `end` of one sentence."""

    start: int
    end: int
    better: str
    type: MistakeType
    explanation: str


@dataclass(frozen=True)
class Mistake:
    """`said` stands word for word in the student's words from `start` to `end` (seconds of the lesson).

    `sentence` is the student's whole sentence around it and `corrected` the same with `better` in its place.
    `confidence` 0..1 is ours, never more than the recogniser's least sure word of `said`; `needs_review` keeps
    it from the student until the tutor has looked.
    """

    said: str
    better: str
    start: float
    end: float
    type: MistakeType
    evidence: Evidence
    confidence: float
    needs_review: bool
    explanation: str
    sentence: str
    corrected: str
