"""Language understanding without a model: rules, a grammar checker, the tutor's own words, and a lexicon of moods."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

import harper
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from lessons.evidence import find_mistakes
from lessons.highlights import Highlight, highlights_of
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake, MistakeType, Suggestion
from lessons.summaries import Summary, summary_of
from lessons.transcript import Transcript

ENGLISH = "en"
KINDS = {
    "Agreement": MistakeType.AGREEMENT,
    "Grammar": MistakeType.FORM,
    "WordChoice": MistakeType.WORD_CHOICE,
}
"""What the checker may witness; its words about spelling, capitals and marks are about the recogniser's writing."""


@dataclass
class RulesAnalyst:
    """An Analyst that finds little, and nothing that was not said; it works in threads."""

    model: str = "rules"
    checker: "HarperChecker" = field(default_factory=lambda: HarperChecker())
    moods: SentimentIntensityAnalyzer = field(default_factory=SentimentIntensityAnalyzer)

    async def mistakes(self, transcript: Transcript, languages: LanguagePair) -> list[Mistake]:
        check = self.checker.suggestions if languages.target == ENGLISH else nothing
        return await asyncio.to_thread(find_mistakes, transcript, languages, check)

    async def highlights(self, transcript: Transcript, most: int) -> list[Highlight]:
        return await asyncio.to_thread(highlights_of, transcript, self.mood, most)

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake]) -> Summary:
        return summary_of(transcript, mistakes)

    def mood(self, text: str) -> float:
        return float(self.moods.polarity_scores(text)["compound"])


class HarperChecker:
    """Harper as a witness; its linter is made when first needed and answers one thread at a time."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.linter: harper.Linter | None = None

    def suggestions(self, sentence: str) -> list[Suggestion]:
        """What Harper holds against a sentence, where it knows one better wording."""
        with self.lock:
            self.linter = self.linter or harper.Linter()
            return list(told(self.linter, sentence))


def told(linter: harper.Linter, sentence: str) -> Iterator[Suggestion]:
    for lint in linter.lint(sentence, language=harper.Language.PLAINTEXT):
        better = [one.replacement_text for one in lint.suggestions if one.kind == harper.SuggestionKind.REPLACE]
        if lint.lint_kind in KINDS and better:
            yield Suggestion(lint.span.start, lint.span.end, better[0], KINDS[lint.lint_kind], lint.message)


def nothing(sentence: str) -> list[Suggestion]:
    """No checker knows other languages."""
    return []
