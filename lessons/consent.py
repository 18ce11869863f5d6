"""What a person agreed to, for one booking; nothing is recorded, sent or shown without it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lessons.messages import Stage

VERSION = "2026-11"
"""Another one whenever a text below changes its meaning: who has read an older one is asked anew."""


class Purpose(StrEnum):
    """What a person is asked for, one by one."""

    RECORD = "record"
    AI = "ai"
    MARKETING = "marketing"


class Way(StrEnum):
    """How somebody came who answers: signed in, or by a link to the classroom, which others may hold as well."""

    ACCOUNT = "account"
    LINK = "link"


ANALYSING = frozenset({Stage.TRANSCRIBE, Stage.EXTRACT, Stage.CLIP, Stage.INDEX})
"""The stages in which a computer works on what was said."""

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
    """What one person has answered for one booking; what was never asked is not there.

    `came_by` is how, of the answers of which that is known.
    """

    answers: Mapping[Purpose, bool] = field(default_factory=dict)
    came_by: Mapping[Purpose, Way] = field(default_factory=dict)

    def given(self, purpose: Purpose) -> bool:
        return self.answers.get(purpose, False)

    def declined(self, purpose: Purpose) -> bool:
        return not self.answers.get(purpose, True)


def may_record(tutor: Consents, student: Consents) -> bool:
    """Whether both have agreed to be recorded."""
    return tutor.given(Purpose.RECORD) and student.given(Purpose.RECORD)


def may_analyse(tutor: Consents, student: Consents, were_asked: bool) -> bool:
    """Whether a computer may transcribe the lesson and make something of it.

    Both have agreed to it; of a lesson that was not held in our classroom nobody was asked, and neither has declined.
    """
    both = tutor, student
    if were_asked:
        return all(one.given(Purpose.AI) for one in both)
    return not any(one.declined(Purpose.AI) for one in both)


def texts_in(language: str) -> Mapping[Purpose, str]:
    """The questions in a person's language, else in English."""
    return TEXTS.get(language[:2].lower(), TEXTS["en"])
