"""Mistakes that a model claims, held against the words: only what they bear out is kept.

The model names a line and quotes it; times, sentence, evidence and the rest come from the transcript.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lessons.drills import BLANK
from lessons.evidence import (
    Finding,
    Heard,
    capital,
    excused,
    grammar_of,
    heard_again,
    mistake,
    overlap,
    sounds_alike,
    student_sentences,
)
from lessons.grammar import Grammar
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake, MistakeType, Suggestion
from lessons.prompts import Window
from lessons.recasts import echoes_of
from lessons.transcript import MARKS, Speaker, Transcript, Word
from lessons.wording import bare_words, fit, found_at, scripts, stem

NEARBY = 2
QUOTE, GROWTH, KEPT = 12, 3, 4
SUREST = 0.75
EXPLANATION = 240


@dataclass(frozen=True)
class MistakeClaim:
    """`said` is quoted from line number `line`; `confidence` is the model's own."""

    line: int
    said: str
    better: str
    type: MistakeType
    explanation: str
    confidence: float


def true_mistakes(
    transcript: Transcript, lines: Window, languages: LanguagePair, claims: Sequence[MistakeClaim]
) -> list[Mistake]:
    """The claims about words that stand in the student's own speech and need mending, in order of time.

    A claim is dropped if its words stand nowhere near its line or at two places, if what would be better is no small
    change of them, or if the student quoted, repeated or mended them herself.
    """
    heard = by_line(transcript, lines, languages.target)
    claimed: dict[Heard, list[Finding]] = defaultdict(list)
    for claim in sorted(claims, key=lambda one: -one.confidence):
        for one, suggestion in placed(claim, heard):
            claimed[one].append(Finding(suggestion, 1 - clamped(claim.confidence, SUREST)))
    grammar = grammar_of(languages.target)
    found = [made for one, findings in claimed.items() for made in borne_out(one, findings, grammar)]
    return sorted(found, key=lambda one: one.start)


def by_line(transcript: Transcript, lines: Window, target: str) -> Mapping[int, Sequence[Heard]]:
    """The student's sentences by the numbers of the lines that they stand in."""
    own = [line for line in lines if line.speaker is Speaker.STUDENT]
    numbers: dict[Word, int] = {word: line.number for line in own for word in line.words}
    heard: dict[int, list[Heard]] = defaultdict(list)
    for one in student_sentences(transcript, target):
        for number in {numbers[word] for word in one.sentence.words}:
            heard[number].append(one)
    return heard


def placed(claim: MistakeClaim, heard: Mapping[int, Sequence[Heard]]) -> Iterator[tuple[Heard, Suggestion]]:
    """Where a claim's words stand, if there is exactly one such place in its line, or else near it."""
    wanted = bare_words(claim.said)
    near = [claim.line + off for off in range(-NEARBY, NEARBY + 1) if off]
    for numbers in ([claim.line], near):
        sentences = dict.fromkeys(one for number in numbers for one in heard.get(number, ()))
        places = [(one, at) for one in sentences for at in found_at(wanted, one.sentence.bare)]
        if len(places) == 1:
            [(one, at)] = places
            suggestion = suggested(claim, one, at, at + len(wanted))
            if is_plausible(one, suggestion):
                yield one, suggestion
        if places:
            return


def suggested(claim: MistakeClaim, heard: Heard, first: int, after: int) -> Suggestion:
    begin, end = heard.sentence.place(first, after)
    better = " ".join(claim.better.split()).strip(MARKS + " ")
    told = fit(claim.explanation, EXPLANATION) or f"Better: {better}."
    return Suggestion(begin, end, capital(better, begin), claim.type, told)


def is_plausible(heard: Heard, suggestion: Suggestion) -> bool:
    """Whether it is a correction of these words: in the same script, about as long, and not another sentence."""
    said, better = heard.sentence.text[suggestion.start : suggestion.end], suggestion.better
    old, new = bare_words(said), bare_words(better)
    return (
        bool(new)
        and bool(fit(better, len(better)))
        and BLANK not in better
        and len(old) <= QUOTE
        and len(new) <= 2 * len(old) + GROWTH
        and (len(old) <= KEPT or 3 * len({*map(stem, old)} & {*map(stem, new)}) >= len(old))
        and scripts(better) <= scripts(heard.sentence.text)
        and not sounds_alike(said, better)
    )


def borne_out(heard: Heard, findings: Sequence[Finding], grammar: Grammar) -> Iterator[Mistake]:
    """The mistakes of one sentence, weighed by what the tutor said; of two about the same words the surer one."""
    echoes = echoes_of(heard.sentence, heard.after, grammar)
    kept: list[Finding] = []
    for finding in findings:
        weighed = heard_again(heard, finding, echoes)
        if not excused(heard, weighed.suggestion) and not any(overlap(weighed, other) for other in kept):
            kept.append(weighed)
            yield mistake(heard.sentence, weighed)


def clamped(value: float, most: float) -> float:
    return max(0.0, min(most, value))
