"""Telling tutor and student that a lesson is ready: once per lesson and person."""

from dataclasses import dataclass

from temporalio import activity

from activities.stages import working
from db import deliveries, notifications, people, recordings, stages
from db.people import Person
from db.session import Sessions
from lessons.errors import MailRefused
from lessons.letters import Message, message_id_of, message_to_student, message_to_tutor
from lessons.messages import Lesson, LessonReport, Stage
from lessons.ports import Letter, Mailer
from workflows.steps import NotificationSteps


@dataclass
class Notifications(NotificationSteps):
    """`domain` is that of the sender's address."""

    sessions: Sessions
    mailer: Mailer
    domain: str

    @activity.defn
    async def announce(self, lesson: Lesson, report: LessonReport) -> None:
        async with working(self.sessions, lesson, Stage.NOTIFY):
            async with self.sessions() as session:
                tutor, student = await people.people_of(session, lesson.tutor_id, lesson.student_id)
            told = {tutor: message_to_tutor(tutor.name, student.name or "your student", report, lesson.link)}
            if not report.nothing:
                told[student] = message_to_student(student.name, tutor.name or "your tutor", lesson.link)
            refused = [person for person, message in told.items() if not await self.tell(lesson, person, message)]
            async with self.sessions.begin() as session:
                if tutor not in refused:
                    await recordings.note_told(session, lesson.lesson_id)
                if not refused:
                    await stages.finish_stage(session, lesson.lesson_id, Stage.NOTIFY)
            if refused:
                raise MailRefused(f"{len(refused)} of {len(told)} addresses")

    async def tell(self, lesson: Lesson, person: Person, message: Message) -> bool:
        """Notify a person in the app and by mail; answer whether the mail server takes the address."""
        async with self.sessions.begin() as session:
            body = message.paragraphs[1]
            await notifications.notify(session, lesson.lesson_id, person, message.subject, body, message.link)
            known = await deliveries.was_delivered(session, lesson.lesson_id, person.id, "email")
        if known or not person.wants_mail:
            return True
        message_id = message_id_of(lesson.lesson_id, person.id, self.domain)
        try:
            await self.mailer.send(Letter(message_id, person.email, message.subject, message.plain, message.html))
        except MailRefused:
            return False
        async with self.sessions.begin() as session:
            await deliveries.keep_delivery(session, lesson.lesson_id, person.id, "email", message_id)
        return True
