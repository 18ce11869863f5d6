"""The words that tutor and student get when a lesson is ready. No speech of the lesson stands in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape

from lessons.errors import ConsentWithdrawn
from lessons.letters.wording import Wording, wording_in
from lessons.messages import Failure, LessonReport

LONGEST_NAME = 120
STYLE = "max-width: 36em; margin: 0 auto; padding: 1em; font: 16px/1.5 sans-serif"


@dataclass(frozen=True)
class Reader:
    """Who a letter is for; `language` and `timezone` are as told, and may be empty or of no known kind.

    `unsubscribe` is the address that stops such letters, empty where there is none.
    """

    name: str
    language: str
    timezone: str
    signs_in: bool = True
    unsubscribe: str = ""


@dataclass(frozen=True)
class Held:
    """When a lesson began, and the time zone in which it was booked."""

    at: datetime
    timezone: str


@dataclass(frozen=True)
class Message:
    """A letter in one language: a subject, a greeting and further paragraphs of plain text, the news first."""

    wording: Wording
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    unsubscribe: str = ""

    @property
    def plain(self) -> str:
        stop = [f"{self.wording.say('unsubscribe', 'link')}:\n{self.unsubscribe}"] if self.unsubscribe else []
        return "\n\n".join([self.greeting, *self.paragraphs, *stop]) + "\n"

    @property
    def html(self) -> str:
        said = "".join(f"<p>{escape(one)}</p>\n" for one in (self.greeting, *self.paragraphs))
        if self.unsubscribe:
            words, url = escape(self.wording.say("unsubscribe", "link")), escape(self.unsubscribe, quote=True)
            said += f'<p><small><a href="{url}">{words}</a></small></p>\n'
        head = f'<meta charset="utf-8"><title>{escape(self.subject)}</title>'
        top = f'<!doctype html>\n<html lang="{self.wording.code}">\n<head>{head}</head>\n'
        return f'{top}<body style="{STYLE}">\n{said}</body>\n</html>\n'


def message_to_tutor(tutor: Reader, student: str, held: Held, report: LessonReport) -> Message:
    """What was made, what could not be made, or why there is nothing."""
    words = wording_in(tutor.language)
    about = {
        "student": tidy(student) or words.say("tutor", "student"),
        "when": words.when(held.at, tutor.timezone, held.timezone),
    }
    if report.nothing:
        return message(
            words, tutor, words.say("tutor", "subject", **about), words.say("tutor", report.nothing, **about)
        )
    made = {noun: words.count(noun, getattr(report, noun)) for noun in ("mistakes", "drills", "clips")}
    news = words.say("tutor", "ready", **about, **made)
    if report.drills or report.clips:
        news += " " + words.say("tutor", "approve")
    subject = words.say("tutor", "subject_ready", **about)
    return message(words, tutor, subject, news, *regrets(words, report.degraded), words.say("both", "sign_in"))


def regrets(words: Wording, degraded: Sequence[Failure]) -> list[str]:
    """What is missing because of trouble, and what because somebody does not agree to it any more."""
    withdrawn = {failure.stage.value for failure in degraded if failure.code == ConsentWithdrawn.code}
    failed = {failure.stage.value for failure in degraded} - withdrawn
    missing = {why: named(words, stages) for why, stages in (("sorry", failed), ("withdrawn", withdrawn))}
    return [words.say("tutor", why, missing=words.join(names)) for why, names in missing.items() if names]


def named(words: Wording, stages: Collection[str]) -> list[str]:
    """What comes of these stages, as far as people know of it."""
    return [words.say("missing", stage) for stage in words.file["missing"] if stage in stages]


def message_to_student(student: Reader, tutor: str, held: Held, report: LessonReport) -> Message:
    """That the lesson was processed; what it holds is the tutor's to approve first."""
    words = wording_in(student.language)
    about = {
        "tutor": tidy(tutor) or words.say("student", "tutor"),
        "when": words.when(held.at, student.timezone, held.timezone),
    }
    drills = [words.say("student", "drills", **about)] if report.drills else []
    sign_in = [words.say("both", "sign_in")] if student.signs_in else []
    subject, news = (words.say("student", name, **about) for name in ("subject", "ready"))
    return message(words, student, subject, news, *drills, *sign_in)


def message(words: Wording, reader: Reader, subject: str, *paragraphs: str) -> Message:
    name = tidy(reader.name)
    greeting = words.say("both", "hello", name=name) if name else words.say("both", "hello_nobody")
    return Message(words, subject, greeting, paragraphs, reader.unsubscribe)


def tidy(name: str) -> str:
    """A name on one line, as no header and no reader is harmed by."""
    return " ".join(name.split())[:LONGEST_NAME]


def message_id_of(lesson_id: str, person_id: str, kind: str, domain: str) -> str:
    """The same letter about the same lesson to the same person has the same id (RFC 5322, 3.6.4)."""
    return f"<{sha256(f'{lesson_id}/{person_id}/{kind}'.encode()).hexdigest()[:32]}@{domain}>"
