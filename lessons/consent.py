"""What a person agreed to, for one booking; nothing is recorded, sent or shown without it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

VERSION = "2026-11"
"""Another one whenever a text below changes its meaning: who has read an older one is asked anew."""


class Purpose(StrEnum):
    """What a person is asked for, one by one."""

    RECORD = "record"
    AI = "ai"
    MARKETING = "marketing"


TEXTS: Mapping[str, Mapping[Purpose, str]] = {
    "en": {
        Purpose.RECORD: "Record this lesson's sound and picture, so that the two of you can learn from it.",
        Purpose.AI: "Let a computer transcribe the recording and make drills and a summary of it.",
        Purpose.MARKETING: "Let the tutor show short clips with my voice in public, each after approving it.",
    },
    "es": {
        Purpose.RECORD: "Grabar el sonido y la imagen de esta clase, para que ambos puedan aprender de ella.",
        Purpose.AI: "Permitir que un ordenador transcriba la grabación y prepare ejercicios y un resumen.",
        Purpose.MARKETING: "Dejar que el profesor muestre en público clips cortos con mi voz, tras aprobar cada uno.",
    },
}


@dataclass(frozen=True)
class Consents:
    """What one person has answered for one booking; what was never asked is not there."""

    answers: Mapping[Purpose, bool] = field(default_factory=dict)

    def given(self, purpose: Purpose) -> bool:
        return self.answers.get(purpose, False)


def may_record(tutor: Consents, student: Consents) -> bool:
    """Whether both have agreed to be recorded."""
    return tutor.given(Purpose.RECORD) and student.given(Purpose.RECORD)


def texts_in(language: str) -> Mapping[Purpose, str]:
    """The questions in a person's language, else in English."""
    return TEXTS.get(language[:2].lower(), TEXTS["en"])
