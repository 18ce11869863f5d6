"""Telling tutor and student that a lesson is ready: once per lesson and person."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.stages import working
from db import deliveries, notifications, people, recordings, stages
from db.clips import count_clips
from db.drills import count_drills
from db.inbox import arrivals_in
from db.lessons import LATE_RECORDING, add_degraded
from db.mistakes import count_mistakes
from db.parts import parts_of
from db.people import Person
from db.session import Sessions
from lessons.capture import lesson_is_late
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
                report = await counted(session, lesson, report)
            told = {tutor: message_to_tutor(tutor.name, student.name or "your student", report, lesson.link)}
            if not report.nothing:
                told[student] = message_to_student(student.name, tutor.name or "your tutor", lesson.link)
            kind = report.nothing or "ready"
            refused = [one for one, message in told.items() if not await self.tell(lesson, one, message, kind)]
            async with self.sessions.begin() as session:
                if tutor not in refused:
                    await recordings.note_told(session, lesson.lesson_id)
                await note_late(session, lesson)
                if not refused:
                    await stages.finish_stage(session, lesson.lesson_id, Stage.NOTIFY)
            if refused:
                raise MailRefused(f"{len(refused)} of {len(told)} addresses")

    async def tell(self, lesson: Lesson, person: Person, message: Message, kind: str) -> bool:
        """Notify a person in the app and by mail; answer whether the mail server takes the address."""
        async with self.sessions.begin() as session:
            body = message.paragraphs[1]
            await notifications.notify(session, lesson.lesson_id, person, kind, message.subject, body, message.link)
            known = await deliveries.was_delivered(session, lesson.lesson_id, person.id, f"email/{kind}")
        if known or not person.wants_mail:
            return True
        message_id = message_id_of(lesson.lesson_id, person.id, kind, self.domain)
        try:
            await self.mailer.send(Letter(message_id, person.email, message.subject, message.plain, message.html))
        except MailRefused:
            return False
        async with self.sessions.begin() as session:
            await deliveries.keep_delivery(session, lesson.lesson_id, person.id, f"email/{kind}", message_id)
        return True


async def counted(session: AsyncSession, lesson: Lesson, report: LessonReport) -> LessonReport:
    """The report with all that the lesson has, also from runs before this one."""
    return replace(
        report,
        mistakes=await count_mistakes(session, lesson.lesson_id),
        drills=await count_drills(session, lesson.lesson_id),
        clips=await count_clips(session, lesson.lesson_id),
    )


async def note_late(session: AsyncSession, lesson: Lesson) -> None:
    """Tell of a recording that arrived while people were told: nobody looks again after this."""
    arrivals = await arrivals_in(session, lesson.booking_id)
    if lesson_is_late(arrivals, await parts_of(session, lesson.lesson_id)):
        await add_degraded(session, lesson.lesson_id, LATE_RECORDING)
