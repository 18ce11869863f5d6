"""The words that tutor and student get when a lesson is ready. No speech of the lesson stands in them."""

from dataclasses import dataclass
from hashlib import sha256
from html import escape

from lessons.messages import LessonReport, Nothing, Stage

WHY_NOTHING = {
    Nothing.NOT_RECORDED: "There is no recording of it, so nothing could be made from it.",
    Nothing.STUDENT_SILENT: "Your student cannot be heard in the recording, so nothing could be made from it.",
    Nothing.NO_SPEECH: "Nobody can be heard in the recording, so nothing could be made from it.",
}

CANNOT = {
    Stage.EXTRACT: "the drills",
    Stage.CLIP: "some or all clips",
    Stage.INDEX: "the search index",
}


@dataclass(frozen=True)
class Message:
    """A subject, and paragraphs of plain text; the last line of the mail is the link."""

    subject: str
    paragraphs: tuple[str, ...]
    link: str

    @property
    def plain(self) -> str:
        return "\n\n".join([*self.paragraphs, self.link]) + "\n"

    @property
    def html(self) -> str:
        said = "".join(f"<p>{escape(one)}</p>" for one in self.paragraphs)
        link = escape(self.link, quote=True)
        return f'<!doctype html><html lang="en"><body>{said}<p><a href="{link}">{link}</a></p></body></html>'


def message_to_tutor(name: str, student: str, report: LessonReport, link: str) -> Message:
    """What was made, what could not be made, or why there is nothing."""
    hello = f"Hello {name}," if name else "Hello,"
    if report.nothing:
        return Message(f"Your lesson with {student}", (hello, WHY_NOTHING[report.nothing]), link)
    made = (
        f"Your lesson with {student} is ready: {many(report.mistakes, 'mistake')}, {many(report.drills, 'drill')} "
        f"and {many(report.clips, 'clip')}. No drill or clip is shown to anyone before you approve it."
    )
    missing = [CANNOT[failure.stage] for failure in report.degraded if failure.stage in CANNOT]
    sorry = (f"We could not make {' and '.join(missing)}; you can retry that.",) if missing else ()
    return Message(f"Your lesson with {student} is ready", (hello, made, *sorry), link)


def message_to_student(name: str, tutor: str, link: str) -> Message:
    """That the lesson was processed; what it holds is the tutor's to approve first."""
    hello = f"Hello {name}," if name else "Hello,"
    ready = f"Your lesson with {tutor} has been processed. {tutor} will share drills made for you soon."
    return Message(f"Your lesson with {tutor}", (hello, ready), link)


def many(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def message_id_of(lesson_id: str, person_id: str, kind: str, domain: str) -> str:
    """The same letter about the same lesson to the same person has the same id (RFC 5322, 3.6.4)."""
    return f"<{sha256(f'{lesson_id}/{person_id}/{kind}'.encode()).hexdigest()[:32]}@{domain}>"
