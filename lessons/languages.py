"""Which language a student learns, and which one she comes from."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

USUAL = "en"
TAG = re.compile(r"([a-z]{2,3})(?=[-_,;(]|\s*\(|$)")
"""How a tag of BCP 47 begins, as in `es-MX`, `es_MX` and `es (Mexico)`; a word like `no` in a sentence is none."""

BETWEEN_WORDS = re.compile(r"[\s,;.:/|&+()\[\]-]+")


@dataclass(frozen=True)
class LanguagePair:
    """ISO 639-1 codes; `native` is empty when it is not known."""

    target: str = USUAL
    native: str = ""


def pair_of(target: str | None, native: str | None) -> LanguagePair:
    """The languages as people have told them; of what is no language, nothing is told on."""
    return LanguagePair(language_code(target or "") or USUAL, language_code(native or ""))


def language_code(told: str) -> str:
    """The ISO 639-1 code of a language as people and programs name it (`ES-mx`, `spa`, `Spanish`), empty for others."""
    plain = without_accents(told.strip())
    tag = TAG.match(plain)
    words = [tag[1]] if tag else [word for word in BETWEEN_WORDS.split(plain) if len(word) > 3 or not word.isascii()]
    return next((codes()[word] for word in words if word in codes()), "")


@cache
def codes() -> Mapping[str, str]:
    """The code of every language, by the names that it has."""
    named = tomllib.loads((files(__package__) / "languages.toml").read_text(encoding="utf-8"))
    return {without_accents(name): code for code, names in named.items() for name in (code, *names)}


def without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
