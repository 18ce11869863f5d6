"""Learner patterns: what people who learn a language say wrong, told by its shape.

A pattern is a regular expression over one sentence. Its named groups hold words as they were said, and `better`
is a format string over them, which may ask for another form: `{verb.ing}`. A word whose form is not known is no match.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lessons.mistakes import MistakeType, Suggestion


@dataclass(frozen=True)
class Pattern:
    """`shape` finds the mistake (its group `said`, or all of it) unless the sentence also has `unless` in it."""

    shape: re.Pattern[str]
    better: str
    type: MistakeType
    explanation: str
    unless: re.Pattern[str] | None = None


def pattern(shape: str, better: str, type: MistakeType, explanation: str, unless: str = "") -> Pattern:
    """A pattern that matches whole words, in capital and small letters."""
    whole = re.compile(rf"(?<![\w'-])(?:{shape})(?![\w'-])", re.IGNORECASE)
    return Pattern(whole, better, type, explanation, re.compile(unless, re.IGNORECASE) if unless else None)


def suggestions(
    patterns: Sequence[Pattern], sentence: str, form: Callable[[str], str]
) -> Iterator[Suggestion]:
    """What the patterns hold against a sentence; `form` gives a word the attributes that `better` asks for."""
    text = sentence.replace("’", "'")
    for one in patterns:
        if not (one.unless and one.unless.search(text)):
            for match in one.shape.finditer(text):
                with suppress(LookupError):
                    yield suggestion(one, match, form)


def suggestion(one: Pattern, match: re.Match[str], form: Callable[[str], str]) -> Suggestion:
    begin, end = match.span("said" if "said" in match.re.groupindex else 0)
    words = {name: form(said or "") for name, said in match.groupdict().items()}
    better = " ".join(one.better.format(**words).split())
    if begin == 0:
        better = better[:1].upper() + better[1:]
    return Suggestion(begin, end, better, one.type, one.explanation)
