"""Telling tutor and student that a lesson is ready: once per lesson and person."""

from asyncio import gather
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.stages import working
from db import deliveries, notifications, people, recordings, stages
from db.counts import counts_of
from db.inbox import arrivals_in
from db.parts import parts_of
from db.people import Person
from db.session import Sessions, at_once
from lessons.capture import lesson_is_late
from lessons.errors import MailRefused, Unavailable
from lessons.letters import Held, Message, Reader, message_id_of, message_to_student, message_to_tutor
from lessons.messages import Lesson, LessonReport, Stage
from lessons.opt_out import OptOutLinks
from lessons.ports import Letter, Mailer
from workflows.steps import NotificationSteps


@dataclass
class Notifications(NotificationSteps):
    """`domain` is that of the sender's address; `opt_out` has the links by which a student stops her letters."""

    sessions: Sessions
    mailer: Mailer
    domain: str
    opt_out: OptOutLinks

    @activity.defn
    async def announce(self, lesson: Lesson, report: LessonReport) -> bool | None:
        async with working(self.sessions, lesson, Stage.NOTIFY):
            told = await self.messages(lesson, report)
            kind = report.nothing or "ready"
            telling = (self.tell(lesson, one, message, kind) for one, message in told.items())
            each = await gather(*telling, return_exceptions=True)
            failed = {person: error for person, error in zip(told, each, strict=True) if error}
            async with self.sessions.begin() as session:
                if all(person.role != "tutor" for person in failed):
                    await recordings.note_told(session, lesson.lesson_id)
                if not failed:
                    await stages.finish_stage(session, lesson.lesson_id, Stage.NOTIFY)
                late = await is_late(session, lesson)
            if failed:
                raise min(failed.values(), key=hopeless)
        return late

    @activity.defn
    async def look_again(self, lesson: Lesson) -> bool:
        async with at_once(self.sessions) as session:
            return await is_late(session, lesson)

    async def messages(self, lesson: Lesson, report: LessonReport) -> dict[Person, Message]:
        """What each person is told, the tutor first, also of what earlier runs made; of nothing, no student is told."""
        async with at_once(self.sessions) as session:
            tutor, student = await people.people_of(session, lesson.tutor_id, lesson.student_id)
            held = Held(*await people.when_booked(session, lesson.booking_id))
            made = await counts_of(session, lesson.lesson_id)
        report = replace(report, mistakes=made.mistakes, drills=made.drills, clips=made.clips - made.spans)
        told = {tutor: message_to_tutor(self.reader(tutor), student.name, held, report)}
        if not report.nothing:
            told[student] = message_to_student(self.reader(student), tutor.name, held, report)
        return told

    def reader(self, person: Person) -> Reader:
        """A letter that can be stopped has the link that stops it: a student's, by `students.email_lesson_updates`.

        `profiles` holds no such wish, and a tutor's letter asks for something: nobody else approves what was made.
        """
        stop = self.opt_out.link_for(person.role, person.id) if person.role == "student" else ""
        return Reader(person.name, person.language, person.timezone, person.user_id is not None, stop)

    async def tell(self, lesson: Lesson, person: Person, message: Message, kind: str) -> None:
        """Notify a person in the app and by mail; raises MailRefused, also for what was refused before."""
        place, channel = (lesson.lesson_id, person.id), f"email/{kind}"
        async with at_once(self.sessions) as session:
            await notifications.notify(session, lesson.lesson_id, person, kind, message.subject, message.paragraphs[0])
            outcome = await deliveries.outcome_of(session, *place, channel)
        if outcome is None and person.wants_mail:
            message_id = message_id_of(lesson.lesson_id, person.id, kind, self.domain)
            outcome = await self.send(letter_of(message_id, person, message))
            async with at_once(self.sessions) as session:
                await deliveries.keep_outcome(session, *place, channel, message_id, outcome)
        if outcome == deliveries.REFUSED:
            raise MailRefused(f"to the {person.role}")

    async def send(self, letter: Letter) -> str:
        """What became of the letter; what may change with time is raised instead."""
        try:
            await self.mailer.send(letter)
        except MailRefused:
            return deliveries.REFUSED
        return deliveries.SENT


def hopeless(error: BaseException) -> int:
    """How little is to be hoped for: what passes by itself comes first, then what can be mended."""
    return 0 if isinstance(error, Unavailable) else 2 if isinstance(error, MailRefused) else 1


def letter_of(message_id: str, person: Person, message: Message) -> Letter:
    return Letter(message_id, person.email, message.subject, message.plain, message.html, message.unsubscribe)


async def is_late(session: AsyncSession, lesson: Lesson) -> bool:
    """Whether a recording arrived while the lesson was processed and people were told."""
    arrivals = await arrivals_in(session, lesson.booking_id)
    return lesson_is_late(arrivals, await parts_of(session, lesson.lesson_id))
