"""Words that come from a model: whether they are plain text, and whether they are the words that were said."""

from collections.abc import Sequence
from unicodedata import name

from lessons.drills import UNFIT
from lessons.recasts import bare


def fit(text: str, most: int) -> str:
    """The text in one line; empty where it is too long or more than plain text."""
    plain = " ".join(text.split())
    return plain if len(plain) <= most and plain.isprintable() and not UNFIT.search(plain) else ""


def found_at(wanted: Sequence[str], words: Sequence[str]) -> list[int]:
    last = len(words) - len(wanted)
    return [at for at in range(last + 1) if wanted and list(words[at : at + len(wanted)]) == wanted]


def bare_words(text: str) -> list[str]:
    return [word for word in bare(text.replace("’", "'")) if word]


def stem(word: str) -> str:
    return word[:3]


def scripts(text: str) -> set[str]:
    """The alphabets that the letters are of, as Unicode names them."""
    return {name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()}
