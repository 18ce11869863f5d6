"""English as a language that is learnt."""

from lessons.english.forms import BASES, OVERREGULAR, Form
from lessons.english.nouns import NOUN_PATTERNS
from lessons.english.phrases import PHRASES
from lessons.english.tenses import AGREEMENTS, TENSES
from lessons.english.verbs import VERB_PATTERNS
from lessons.grammar import Grammar


def lemma(word: str) -> str:
    """What the forms of a word have in common, as far as a list of verbs and their endings tell it."""
    return OVERREGULAR.get(word) or BASES.get(word) or word.removesuffix("s")


ENGLISH = Grammar(
    patterns=(*TENSES, *AGREEMENTS, *VERB_PATTERNS, *PHRASES, *NOUN_PATTERNS),
    form=Form,
    lemma=lemma,
    articles=frozenset({"a", "an", "the"}),
    prepositions=frozenset(
        {"about", "at", "by", "for", "from", "in", "into", "of", "on", "since", "to", "until", "with"}
    ),
    auxiliaries=frozenset(
        {"am", "are", "be", "been", "being", "did", "do", "does", "had", "has", "have", "is", "more", "most", "was"}
        | {"were", "much", "many", "very"}
    ),
)
