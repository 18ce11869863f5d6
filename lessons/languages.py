"""Which language a student learns, and which one she comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LanguagePair:
    """ISO 639-1 codes; `native` is empty when it is not known."""

    target: str = "en"
    native: str = ""
