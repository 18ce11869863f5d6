"""Words that come from a model: whether they are plain text, and whether they are the words that were said."""

import re
from collections.abc import Sequence
from unicodedata import name, normalize

from lessons.drills import UNFIT
from lessons.recasts import bare

LINK = re.compile(
    r"//|[^\W_]{2,}\.[^\W\d_]{2,}|\w\.[^\W\d_]{2,}/|\d+\.\d+\.\d+\.\d|"
    r"\b(?:data|file|ftp|javascript|mailto|sms|tel|vbscript)\s?:",
    re.IGNORECASE,
)
"""An address, also without `https:`; `p.ej.`, `a.m.` and `3.5` are none."""

MARKUP = re.compile(r"[`\[\]]|~~|^#|&#?\w+;|(?<!\w)(\*+|__?)(?=[^\s_*]).*?[^\s_*]\1(?!\w)")
"""Of HTML and Markdown; a gap and a wrong form's star are none."""


def fit(text: str, most: int) -> str:
    """The text in one line; empty where it is too long or more than plain text."""
    plain = " ".join(text.split())
    if len(plain) > most or not plain.isprintable():
        return ""
    meant = normalize("NFKC", plain)
    return "" if any(pattern.search(meant) for pattern in (UNFIT, LINK, MARKUP)) else plain


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
