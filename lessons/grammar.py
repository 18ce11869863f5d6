"""What we know of a language that is learnt."""

from collections.abc import Callable
from dataclasses import dataclass

from lessons.patterns import Pattern


@dataclass(frozen=True)
class Grammar:
    """Learner patterns, the forms and lemmas of words, and the little words that carry grammar, not meaning.

    Of a language that we know nothing of, only a tutor's recasts tell mistakes.
    """

    patterns: tuple[Pattern, ...] = ()
    form: Callable[[str], str] = str
    lemma: Callable[[str], str] = str
    articles: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()

    @property
    def little(self) -> frozenset[str]:
        return self.articles | self.prepositions | self.auxiliaries
