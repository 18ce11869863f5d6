"""Weighing what speaks for a mistake: no student is told of one that she did not make.

Witnesses are learner patterns, a grammar checker and the tutor's recasts. Their doubts multiply (noisy-or), and no
mistake is surer than the recogniser was of its words.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from lessons.english.grammar import ENGLISH
from lessons.grammar import Grammar
from lessons.languages import LanguagePair
from lessons.mistakes import Evidence, Mistake, MistakeType, Suggestion
from lessons.patterns import suggestions
from lessons.recasts import EXPLICIT, Echo, bare, echoes_of, recast_of, recasts
from lessons.sentences import Sentence, sentences_of, turns
from lessons.transcript import Speaker, Transcript, Utterance

Checker = Callable[[str], Sequence[Suggestion]]

GRAMMARS = {"en": ENGLISH}
WINDOW = 15.0
BEFORE = 20.0
NEAR = 10
REVIEW_BELOW = 0.5
PATTERN, CHECKER = 0.25, 0.6
DOUBTS = {Evidence.RECAST: 0.4, Evidence.EXPLICIT: 0.3, Evidence.NONE: 1.0}
ECHO = {Evidence.RECAST: 0.55, Evidence.EXPLICIT: 0.3}
HOMOPHONES = (
    {"their", "there", "they're"}, {"your", "you're"}, {"its", "it's"}, {"to", "too", "two"}, {"then", "than"},
    {"whose", "who's"}, {"here", "hear"}, {"no", "know"}, {"by", "buy", "bye"}, {"our", "are", "hour"},
)  # fmt: skip
QUOTED = re.compile(
    r"(?:\b(?:i|you|we|they|people|students|not|to|always|often|never|sometimes|can|should|why|how) (?:say|write)\b"
    r"|n't say\b|\b(?:saying|called|means?|words?|phrase|expression|instead of|spell|pronounce|"
    r"translate)\b|[\"“‘«])[^.?!]{0,12}$|(?:^|[,;] |\band )not (?:the )?$",
    re.IGNORECASE,
)
RECITED = re.compile(
    r"\b(?:it says here|the (?:text|book|exercise|question) says|let me read|i will read|i'll read)\b",
    re.IGNORECASE,
)
READ_ALOUD = re.compile(
    r"(?:^|[.,;!?] |please |can you |could you |now |let's )(?:repeat after me|role ?play|let's pretend|"
    r"read\b.*\b(?:aloud|dialogue|exercise|it|number|out|page|paragraph|sentence|text|this)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heard:
    """A student's sentence, the rest of her turn, and what the tutor said before and after it."""

    sentence: Sentence
    rest: tuple[str, ...]
    before: tuple[Sentence, ...]
    after: tuple[Sentence, ...]


@dataclass(frozen=True)
class Finding:
    """A suggestion, what remains of the doubt in it, and what the tutor did about it."""

    suggestion: Suggestion
    doubt: float
    evidence: Evidence = Evidence.NONE


def find_mistakes(transcript: Transcript, languages: LanguagePair, checker: Checker = lambda _: ()) -> list[Mistake]:
    """The student's mistakes in the language she learns, in order of time."""
    heard = student_sentences(transcript, languages.target)
    return [mistake for one in heard for mistake in mistakes_in(one, grammar_of(languages.target), checker)]


def grammar_of(language: str) -> Grammar:
    """What we know of a language; of an unknown one nothing, so that only the tutor's recasts tell mistakes."""
    return GRAMMARS.get(language, Grammar())


def student_sentences(transcript: Transcript, target: str) -> Iterator[Heard]:
    """What the student said herself in the language she learns: not what she was told to read aloud or to act."""
    spoken = turns(transcript)
    for at, turn in enumerate(spoken):
        before = [one for one in spoken[max(0, at - 3) : at] if is_tutor(one) and turn.start - one.end <= BEFORE]
        after = [one for one in spoken[at + 1 : at + 4] if is_tutor(one) and one.start - turn.end <= WINDOW]
        own = turn.speaker is Speaker.STUDENT and turn.language in {"", target}
        if own and not (before and READ_ALOUD.search(before[-1].text)):
            yield from heard_in(turn, before, after)


def heard_in(turn: Utterance, before: Sequence[Utterance], after: Sequence[Utterance]) -> Iterator[Heard]:
    said_before = tuple(sentence for one in before for sentence in sentences_of(one))
    said_after = tuple(sentence for one in after for sentence in sentences_of(one))
    sentences = sentences_of(turn)
    for at, sentence in enumerate(sentences):
        if not RECITED.search(sentence.text):
            rest = tuple(word for other in sentences[at + 1 :] for word in other.bare)
            yield Heard(sentence, rest[:NEAR], said_before, said_after)


def is_tutor(turn: Utterance) -> bool:
    return turn.speaker is Speaker.TUTOR


def mistakes_in(heard: Heard, grammar: Grammar, checker: Checker) -> list[Mistake]:
    """The mistakes of one sentence; of two witnesses for the same words the first one words the mistake."""
    echoes = echoes_of(heard.sentence, heard.after, grammar)
    found: list[Finding] = []
    for finding in chain(by_pattern(heard, grammar, echoes), by_recast(heard, grammar, echoes)):
        if not any(overlap(finding, other) for other in found):
            found.append(finding)
    found = checked(found, [*by_checker(heard, checker, echoes)])
    kept = [finding for finding in found if not excused(heard, finding.suggestion)]
    return [mistake(heard.sentence, finding) for finding in sorted(kept, key=lambda one: one.suggestion.start)]


def checked(found: Sequence[Finding], told: Sequence[Finding]) -> list[Finding]:
    """The findings, surer where the checker says the same, and what it says of other words."""
    agreed = {(one.suggestion.start, one.suggestion.end, one.suggestion.better) for one in told}
    surer = [
        replace(one, doubt=one.doubt * CHECKER)
        if (one.suggestion.start, one.suggestion.end, one.suggestion.better) in agreed
        else one
        for one in found
    ]
    return surer + [one for one in told if not any(overlap(one, other) for other in found)]


def overlap(one: Finding, other: Finding) -> bool:
    return one.suggestion.start < other.suggestion.end and other.suggestion.start < one.suggestion.end


def by_pattern(heard: Heard, grammar: Grammar, echoes: Sequence[Echo]) -> Iterator[Finding]:
    for suggestion in suggestions(grammar.patterns, heard.sentence.text, grammar.form):
        yield heard_again(heard, Finding(suggestion, PATTERN), echoes)


def by_checker(heard: Heard, checker: Checker, echoes: Sequence[Echo]) -> Iterator[Finding]:
    text = heard.sentence.text
    for suggestion in checker(text):
        whole = heard.sentence.place(*heard.sentence.numbers(suggestion.start, suggestion.end))
        if whole == (suggestion.start, suggestion.end) and not sounds_alike(text[slice(*whole)], suggestion.better):
            yield heard_again(heard, Finding(suggestion, CHECKER), echoes)


def by_recast(heard: Heard, grammar: Grammar, echoes: Sequence[Echo]) -> Iterator[Finding]:
    """What only the tutor's own words tell: sure where he explains it, and for him to look at where he does not."""
    for recast in recasts(echoes):
        if recast.faithful or recast.evidence is Evidence.EXPLICIT:
            begin, end = heard.sentence.place(recast.begin, recast.end)
            said = heard.sentence.bare[recast.begin : recast.end]
            kind = type_of(said, bare(recast.better), grammar)
            told = f"Your tutor said it this way: {recast.better}."
            suggestion = Suggestion(begin, end, capital(recast.better, begin), kind, told)
            yield Finding(suggestion, ECHO[recast.evidence], recast.evidence)


def heard_again(heard: Heard, finding: Finding, echoes: Sequence[Echo]) -> Finding:
    """The finding with what the tutor made of the same words, which are the better ones."""
    suggestion = finding.suggestion
    place = heard.sentence.numbers(suggestion.start, suggestion.end)
    recast = recast_of(echoes, *place, suggestion.better)
    if recast is None:
        return finding
    better, told = capital(recast.better, suggestion.start), suggestion.explanation
    if bare(better) != bare(suggestion.better):
        told = f"{told} Your tutor said: {recast.better}."
    evidence = Evidence.EXPLICIT if explained(heard, suggestion) else recast.evidence
    return Finding(replace(suggestion, better=better, explanation=told), finding.doubt * DOUBTS[evidence], evidence)


def explained(heard: Heard, suggestion: Suggestion) -> bool:
    """Whether the tutor talked about the very words that the suggestion changes."""
    said = bare(heard.sentence.text[suggestion.start : suggestion.end])
    changed = {*said} ^ {*bare(suggestion.better)}
    return any(changed & {*one.bare} for one in heard.after if EXPLICIT.search(one.text))


def capital(better: str, begin: int) -> str:
    return better[:1].upper() + better[1:] if begin == 0 else better


def type_of(said: Sequence[str], better: Sequence[str], grammar: Grammar) -> MistakeType:
    """The kind of mistake that a recast tells by the words that it changes."""
    changed = {*said} ^ {*better}
    if changed <= grammar.articles:
        return MistakeType.ARTICLE
    if changed <= grammar.prepositions:
        return MistakeType.PREPOSITION
    if len(said) != len(better):
        return MistakeType.MISSING if len(said) < len(better) else MistakeType.EXTRA
    return MistakeType.FORM if changed else MistakeType.WORD_ORDER


def sounds_alike(said: str, better: str) -> bool:
    """Whether only spelling, capitals or marks differ: what the recogniser wrote, not what the student said."""
    pairs = zip_longest(bare(said), bare(better), fillvalue="")
    return all(one == other or any({one, other} <= group for group in HOMOPHONES) for one, other in pairs)


def excused(heard: Heard, suggestion: Suggestion) -> bool:
    """Whether she only quoted it, repeated it after the tutor, or put it right herself."""
    text = heard.sentence.text
    said, better = bare(text[suggestion.start : suggestion.end]), bare(suggestion.better)
    first, after = heard.sentence.numbers(suggestion.start, suggestion.end)
    earlier, later = heard.sentence.bare[:first][-NEAR:], [*heard.sentence.bare[after:], *heard.rest][:NEAR]
    return (
        said == better
        or bool(QUOTED.search(text[: suggestion.start]))
        or (not within(said, better) and any(within(said, one.bare) for one in heard.before))
        or within(better, later)
        or (within(better, earlier) and bool({"or", "not"} & {*earlier}))
    )


def within(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the words stand among the others, side by side."""
    return any(list(others[at : at + len(words)]) == list(words) for at in range(len(others) - len(words) + 1))


def mistake(sentence: Sentence, finding: Finding) -> Mistake:
    suggestion, text = finding.suggestion, sentence.text
    first, after = sentence.numbers(suggestion.start, suggestion.end)
    words = sentence.words[first:after]
    confidence = min(1 - finding.doubt, *(word.confidence for word in words))
    return Mistake(
        said=text[suggestion.start : suggestion.end],
        better=suggestion.better,
        start=words[0].start,
        end=words[-1].end,
        type=suggestion.type,
        evidence=finding.evidence,
        confidence=confidence,
        needs_review=confidence < REVIEW_BELOW,
        explanation=suggestion.explanation,
        sentence=text,
        corrected=text[: suggestion.start] + suggestion.better + text[suggestion.end :],
    )
