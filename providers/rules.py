"""Language understanding without a model: learner patterns, the tutor's words, a checker, a lexicon of moods."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

import harper
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from lessons.drills import Drill, drills_from
from lessons.evidence import Checker, Heard, find_mistakes, grammar_of, mistakes_in, student_sentences
from lessons.highlights import Highlight, highlights_of
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake, MistakeType, Suggestion
from lessons.ports import Flag, Ledger
from lessons.summaries import Summary, summary_of
from lessons.transcript import Transcript

BATCH = 40
KINDS = {
    "Agreement": MistakeType.AGREEMENT,
    "Grammar": MistakeType.FORM,
    "Miscellaneous": MistakeType.FORM,
    "Usage": MistakeType.WORD_CHOICE,
}
"""What the checker may witness; its words about spelling, capitals and marks are about the recogniser's writing."""


@dataclass
class HarperChecker:
    """Harper as a witness; its linter is made when first needed and answers one thread at a time."""

    lock: Lock = field(default_factory=Lock)

    def suggestions(self, sentence: str) -> list[Suggestion]:
        """What Harper holds against an English sentence, where it knows a better wording."""
        with self.lock:
            return list(told(self.linter, sentence))

    @cached_property
    def linter(self) -> harper.Linter:
        return harper.Linter()


def told(linter: harper.Linter, sentence: str) -> Iterator[Suggestion]:
    for lint in linter.lint(sentence, language=harper.Language.PLAINTEXT):
        better = [one.replacement_text for one in lint.suggestions if one.kind == harper.SuggestionKind.REPLACE]
        if lint.lint_kind in KINDS and better:
            yield Suggestion(lint.span.start, lint.span.end, better[0], KINDS[lint.lint_kind], lint.message)


@dataclass
class RulesAnalyst:
    """An Analyst that is sure of what it says; it works in threads, few sentences at a time."""

    model: str = "rules-1"
    harper: HarperChecker = field(default_factory=HarperChecker)

    async def mistakes(
        self, transcript: Transcript, languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Mistake]:
        heard = await asyncio.to_thread(lambda: list(student_sentences(transcript, languages.target)))
        found: list[Mistake] = []
        for begin in range(0, len(heard), BATCH):
            found += await asyncio.to_thread(self.judged, heard[begin : begin + BATCH], languages.target)
        return found

    def judged(self, heard: Sequence[Heard], language: str) -> list[Mistake]:
        checker: Checker = self.harper.suggestions if language == "en" else lambda _: ()
        return [mistake for one in heard for mistake in mistakes_in(one, grammar_of(language), checker)]

    async def drills(
        self, mistakes: Sequence[Mistake], languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Drill]:
        return drills_from(mistakes)

    async def highlights(self, transcript: Transcript, most: int, ledger: Ledger, flag: Flag) -> list[Highlight]:
        return await asyncio.to_thread(self.best, transcript, most)

    def best(self, transcript: Transcript, most: int) -> list[Highlight]:
        return highlights_of(transcript, self.mood, most, find_mistakes(transcript, LanguagePair()))

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake], ledger: Ledger, flag: Flag) -> Summary:
        return summary_of(transcript, mistakes)

    def mood(self, text: str) -> float:
        return float(self.moods.polarity_scores(text)["compound"])

    @cached_property
    def moods(self) -> SentimentIntensityAnalyzer:
        return SentimentIntensityAnalyzer()
