"""Learner patterns: what people who learn a language say wrong, told by its shape.

A shape is a regular expression over one sentence in which `<WHO>` stands for the words of that name in a
vocabulary, `<who:WHO>` also calls what was said there `who`, and «» hold the wrong words (all of it, without them).
`better` is a format string over the named words, which may ask for another form: `{verb.ing}`. Where a form is not
known there is no match.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from lessons.mistakes import MistakeType, Suggestion

NAME = r"<([A-Z_]+)>"
NAMED = r"<([a-z]\w*):((?:[^<>]|\(\?<[=!])+)>"


@dataclass(frozen=True)
class Pattern:
    """`shape` finds the mistake, unless the sentence has `unless` in it too; they are compiled when first needed."""

    shape: str
    vocabulary: Mapping[str, str]
    better: str
    type: MistakeType
    explanation: str
    unless: str = ""

    @cached_property
    def found(self) -> re.Pattern[str]:
        return compiled(self.shape, self.vocabulary)

    @cached_property
    def exception(self) -> re.Pattern[str] | None:
        return re.compile(self.unless, re.IGNORECASE) if self.unless else None


def compiled(shape: str, vocabulary: Mapping[str, str]) -> re.Pattern[str]:
    """A shape as a regular expression over whole words; raises KeyError for a name that the vocabulary lacks."""
    marked = shape.replace("«", "(?P<said>").replace("»", ")")
    return re.compile(rf"(?<![\w'-])(?:{spelled(marked, vocabulary)})(?![\w'-])", re.IGNORECASE)


def spelled(shape: str, vocabulary: Mapping[str, str]) -> str:
    """The shape with the words of the vocabulary in the place of their names."""

    def words(match: re.Match[str]) -> str:
        return f"(?:{spelled(vocabulary[match[1]], vocabulary)})"

    def named(match: re.Match[str]) -> str:
        parts = (f"<{part}>" if part.isupper() else part for part in match[2].split("|"))
        return f"(?P<{match[1]}>{re.sub(NAME, words, '|'.join(parts))})"

    return re.sub(NAMED, named, re.sub(NAME, words, shape))


def suggestions(patterns: Sequence[Pattern], sentence: str, form: Callable[[str], str]) -> Iterator[Suggestion]:
    """What the patterns hold against a sentence; `form` gives a word the attributes that `better` asks for."""
    text = sentence.replace("’", "'")
    for one in patterns:
        if not (one.exception and one.exception.search(text)):
            for match in one.found.finditer(text):
                with suppress(LookupError):
                    yield suggestion(one, match, form)


def suggestion(one: Pattern, match: re.Match[str], form: Callable[[str], str]) -> Suggestion:
    begin, end = match.span("said" if "said" in match.re.groupindex else 0)
    words = {name: form(said or "") for name, said in match.groupdict().items()}
    better = " ".join(one.better.format(**words).split())
    if begin == 0:
        better = better[:1].upper() + better[1:]
    return Suggestion(begin, end, better, one.type, one.explanation)
