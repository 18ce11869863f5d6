"""What letters say in one language, as its file beside this one has it."""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from gettext import c2py
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from lessons.languages import language_code

FALLBACK = "en"


@dataclass(frozen=True)
class Wording:
    """A language by its ISO 639-1 code, and its file."""

    code: str
    file: Mapping[str, Any]

    def say(self, section: str, name: str, /, **told: str) -> str:
        """A phrase; what is told stands in it as it is, braces too."""
        phrase: str = self.file[section][name]
        return phrase.format_map(told)

    def count(self, noun: str, number: int) -> str:
        """So many of these, in the form that the number asks for."""
        form: str = self.file["count"][noun][1 + c2py(self.file["plural"])(number) if number else 0]
        return form.format(count=number)

    def join(self, parts: Sequence[str]) -> str:
        *first, last = parts
        return f"{', '.join(first)}{self.file['and']}{last}" if first else last

    def when(self, moment: datetime, *zones: str) -> str:
        """A moment by the clock of the first zone that is known, else by UTC, which is then named."""
        local = by_clock_of(moment, zones)
        return str(self.file["when"]).format(
            weekday=self.file["weekdays"][local.weekday()],
            day=local.day,
            month=self.file["months"][local.month - 1],
            time=f"{local:%H:%M}" + (" UTC" if local.tzname() == "UTC" else ""),
        )


def by_clock_of(moment: datetime, zones: Sequence[str]) -> datetime:
    for zone in filter(None, zones):
        with suppress(KeyError, ValueError, OSError):
            return moment.astimezone(ZoneInfo(zone))
    return moment.astimezone(UTC)


@cache
def wordings() -> Mapping[str, Wording]:
    """Every language that has a file, by its code."""
    found = [file for file in files(__package__).iterdir() if file.name.endswith(".toml")]
    languages = {file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8")) for file in found}
    return {code: Wording(code, languages[code]) for code in sorted(languages)}


def wording_in(language: str) -> Wording:
    """The wording for a language as people and programs name it (`es`, `es-MX`, `Spanish`), else the English one."""
    return wordings().get(language_code(language), wordings()[FALLBACK])
