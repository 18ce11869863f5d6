"""Telling tutor and student: once each, in the app and by mail, and nobody who does not want it."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.notifications import Notifications
from db.clips import keep_clip
from db.session import Sessions
from lessons.capture import RecordedFile
from lessons.errors import LessonError, MailRefused, MailUnavailable, OperatorAction
from lessons.highlights import Highlight
from lessons.messages import Lesson, LessonReport, Nothing
from lessons.opt_out import OptOutLinks
from lessons.ports import Letter
from tests.activities.scenes import arrived, part, recording_of, settled, stages_shown
from tests.activities.scripted import ScriptedMailer
from tests.rows import People, a_lesson, all_rows

LINKS = OptOutLinks("https://studio.example", "secret")
REPORT = LessonReport(mistakes=3, drills=4, clips=2, chunks=5)


@pytest.fixture
def mailer() -> ScriptedMailer:
    return ScriptedMailer()


@pytest.fixture
async def notifications(sessions: Sessions, mailer: ScriptedMailer, lesson: Lesson) -> Notifications:
    await settled(sessions, lesson, part())
    return Notifications(sessions, mailer, "studio.example", LINKS)


async def changed(sessions: Sessions, statement: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement))


async def shown_to(sessions: Sessions) -> set[str]:
    """The accounts that were notified in the app."""
    async with sessions() as session:
        return set(await session.scalars(text("SELECT user_id::text FROM public.notifications")))


def letters(mailer: ScriptedMailer) -> list[Letter]:
    """What was sent, the tutor's first: they go side by side."""
    return sorted(mailer.sent, key=lambda letter: "@students" in letter.recipient)


def mailed(mailer: ScriptedMailer) -> list[str]:
    return [letter.recipient for letter in letters(mailer)]


async def test_tutor_and_student_are_told_in_the_app_and_by_mail(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    await env.run(notifications.announce, lesson, REPORT)
    to_tutor, to_student = letters(mailer)
    assert (to_tutor.recipient, to_student.recipient) == (
        f"{people.tutor}@tutors.example",
        f"{people.student}@students.example",
    )
    assert "Lucia" in to_tutor.subject
    assert "no mistakes, no drills and no clips" in to_tutor.plain
    assert "Mira" in to_student.subject
    assert lesson.link not in to_tutor.plain + to_tutor.html + to_student.plain + to_student.html
    assert await shown_to(sessions) == {people.tutor, people.student_user}
    assert await stages_shown(sessions, lesson) == {"notify": ("done", 1)}
    assert (await recording_of(sessions, lesson)).tutor_notified_at is not None


async def test_nobody_is_told_twice(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    lesson: Lesson,
) -> None:
    await env.run(notifications.announce, lesson, REPORT)
    before = await all_rows(sessions)
    await env.run(notifications.announce, lesson, REPORT)
    assert await all_rows(sessions) == before
    assert len(mailer.sent) == 2


async def test_a_letter_that_is_sent_again_has_the_same_id(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    lesson: Lesson,
) -> None:
    for _ in range(2):
        await env.run(notifications.announce, lesson, REPORT)
        await changed(sessions, "DELETE FROM studio.deliveries")
    ids = [letter.message_id for letter in mailer.sent]
    assert set(ids[:2]) == set(ids[2:])
    assert len(set(ids)) == 2
    assert all(one.endswith("@studio.example>") for one in ids)


@pytest.mark.parametrize("nothing", Nothing)
async def test_of_a_lesson_with_nothing_in_it_only_the_tutor_is_told(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
    nothing: Nothing,
) -> None:
    await env.run(notifications.announce, lesson, LessonReport(nothing=nothing))
    assert mailed(mailer) == [f"{people.tutor}@tutors.example"]
    assert await shown_to(sessions) == {people.tutor}


async def test_a_student_who_wants_no_mail_is_told_in_the_app_alone(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    await changed(sessions, "UPDATE public.students SET email_opt_out = true")
    await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [f"{people.tutor}@tutors.example"]
    assert await shown_to(sessions) == {people.tutor, people.student_user}


async def test_a_student_without_an_account_is_told_by_mail_alone(
    env: ActivityEnvironment, mailer: ScriptedMailer, sessions: Sessions, people: People
) -> None:
    lesson = await a_lesson(sessions, replace(people, student_user=None))
    await env.run(Notifications(sessions, mailer, "studio.example", LINKS).announce, lesson, REPORT)
    assert mailed(mailer) == [f"{people.tutor}@tutors.example", f"{people.student}@students.example"]
    assert await shown_to(sessions) == {people.tutor}


async def test_a_student_who_has_left_is_not_told(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    await changed(sessions, "UPDATE public.students SET deleted_at = now()")
    await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [f"{people.tutor}@tutors.example"]
    assert await shown_to(sessions) == {people.tutor}


async def test_an_address_that_is_refused_keeps_nobody_else_from_being_told(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    mailer.failing = {f"{people.tutor}@tutors.example": MailRefused()}
    with pytest.raises(MailRefused) as raised:
        await env.run(notifications.announce, lesson, REPORT)
    assert people.tutor not in str(raised.value)
    assert mailed(mailer) == [f"{people.student}@students.example"]
    assert await shown_to(sessions) == {people.tutor, people.student_user}
    assert await stages_shown(sessions, lesson) == {"notify": ("running", 0)}


async def test_a_tutor_who_was_told_is_noted_though_the_students_address_is_refused(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    mailer.failing = {f"{people.student}@students.example": MailRefused()}
    with pytest.raises(MailRefused):
        await env.run(notifications.announce, lesson, REPORT)
    assert (await recording_of(sessions, lesson)).tutor_notified_at is not None


async def test_when_the_mail_server_is_back_only_those_are_told_who_were_not(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    student = f"{people.student}@students.example"
    mailer.failing = {student: MailUnavailable()}
    with pytest.raises(MailUnavailable):
        await env.run(notifications.announce, lesson, REPORT)
    mailer.failing = {}
    await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [f"{people.tutor}@tutors.example", student]
    assert await stages_shown(sessions, lesson) == {"notify": ("done", 1)}


async def test_a_completed_lesson_stays_completed_while_it_is_announced(
    env: ActivityEnvironment, notifications: Notifications, sessions: Sessions, lesson: Lesson
) -> None:
    await changed(sessions, "UPDATE studio.lessons SET status = 'completed'")
    await env.run(notifications.announce, lesson, REPORT)
    async with sessions() as session:
        assert await session.scalar(text("SELECT status FROM studio.lessons")) == "completed"


async def test_an_address_that_was_refused_is_never_tried_again_and_the_lesson_told_so_every_time(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    student = f"{people.student}@students.example"
    mailer.failing = {student: MailRefused()}
    with pytest.raises(MailRefused):
        await env.run(notifications.announce, lesson, REPORT)
    before, mailer.failing = await all_rows(sessions), {}
    with pytest.raises(MailRefused):
        await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [f"{people.tutor}@tutors.example"]
    assert await all_rows(sessions) == before
    async with sessions() as session:
        outcomes = await session.execute(text("SELECT person_id::text, status FROM studio.deliveries"))
        assert dict(tuple(row) for row in outcomes) == {people.tutor: "sent", people.student: "refused"}


async def test_a_refusal_counts_for_its_kind_of_news_only(
    env: ActivityEnvironment, notifications: Notifications, mailer: ScriptedMailer, people: People, lesson: Lesson
) -> None:
    tutor = f"{people.tutor}@tutors.example"
    mailer.failing = {tutor: MailRefused()}
    with pytest.raises(MailRefused):
        await env.run(notifications.announce, lesson, LessonReport(nothing=Nothing.NO_SPEECH))
    mailer.failing = {}
    await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [tutor, f"{people.student}@students.example"]


@pytest.mark.parametrize(
    ("for_tutor", "for_student", "told"),
    [
        (MailRefused(), MailUnavailable(), MailUnavailable),
        (OperatorAction(), MailUnavailable(), MailUnavailable),
        (MailRefused(), OperatorAction(), OperatorAction),
        (MailUnavailable(), MailRefused(), MailUnavailable),
    ],
)
async def test_of_two_troubles_the_one_that_can_pass_is_told(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    people: People,
    lesson: Lesson,
    for_tutor: LessonError,
    for_student: LessonError,
    told: type[LessonError],
) -> None:
    mailer.failing = {
        f"{people.tutor}@tutors.example": for_tutor,
        f"{people.student}@students.example": for_student,
    }
    with pytest.raises(told):
        await env.run(notifications.announce, lesson, REPORT)


@pytest.mark.parametrize("trouble", [MailUnavailable(), OperatorAction()])
async def test_trouble_with_one_letter_keeps_nobody_else_from_being_told(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    people: People,
    lesson: Lesson,
    trouble: LessonError,
) -> None:
    tutor, student = f"{people.tutor}@tutors.example", f"{people.student}@students.example"
    mailer.failing = {tutor: trouble}
    with pytest.raises(type(trouble)):
        await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [student]
    mailer.failing = {}
    await env.run(notifications.announce, lesson, REPORT)
    assert mailed(mailer) == [tutor, student]


async def test_everyone_reads_her_own_language_and_clock_in_letters_and_in_the_app(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    lesson: Lesson,
) -> None:
    await changed(sessions, "UPDATE public.bookings SET scheduled_at = '2026-11-03T16:00Z', timezone = 'Europe/Madrid'")
    await changed(sessions, "UPDATE public.profiles SET timezone = 'Asia/Tokyo'")
    await changed(sessions, "UPDATE public.students SET timezone = 'nowhere'")
    await env.run(notifications.announce, lesson, REPORT)
    to_tutor, to_student = letters(mailer)
    assert "Your lesson with Lucia (Wednesday 4 November, 01:00) is ready" in to_tutor.plain
    assert "Tu clase con Mira (martes 3 de noviembre, 17:00)" in to_student.plain
    assert ('lang="en"' in to_tutor.html, 'lang="es"' in to_student.html) == (True, True)
    async with sessions() as session:
        titles = set(await session.scalars(text("SELECT title FROM public.notifications")))
    assert titles == {"Your lesson with Lucia is ready", "Tu clase con Mira"}


async def test_a_tutor_who_asked_for_another_language_reads_it(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    lesson: Lesson,
) -> None:
    await changed(sessions, "UPDATE public.profiles SET mail_language = 'es'")
    await env.run(notifications.announce, lesson, REPORT)
    assert letters(mailer)[0].subject == "Tu clase con Lucia está lista"


async def test_a_student_can_stop_such_letters_and_a_tutor_has_nowhere_to(
    env: ActivityEnvironment, notifications: Notifications, mailer: ScriptedMailer, people: People, lesson: Lesson
) -> None:
    await env.run(notifications.announce, lesson, REPORT)
    to_tutor, to_student = letters(mailer)
    assert to_tutor.unsubscribe == ""
    assert to_student.unsubscribe == LINKS.link_for("student", people.student)
    assert to_student.unsubscribe in to_student.plain


async def test_names_that_are_missing_spoil_no_letter(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    lesson: Lesson,
) -> None:
    await changed(sessions, "UPDATE public.profiles SET full_name = NULL")
    await changed(sessions, "UPDATE public.students SET full_name = NULL")
    await env.run(notifications.announce, lesson, REPORT)
    assert [one.subject for one in letters(mailer)] == [
        "Your lesson with your student is ready",
        "Tu clase con tu tutor",
    ]


async def test_a_recording_that_came_while_no_letter_could_be_sent_is_seen_when_it_is_looked_again(
    env: ActivityEnvironment,
    notifications: Notifications,
    mailer: ScriptedMailer,
    sessions: Sessions,
    people: People,
    lesson: Lesson,
) -> None:
    assert not await env.run(notifications.look_again, lesson)
    mailer.failing = {f"{people.tutor}@tutors.example": MailUnavailable()}
    await arrived(sessions, lesson, RecordedFile("lessons/1/second.mp4"))
    with pytest.raises(MailUnavailable):
        await env.run(notifications.announce, lesson, REPORT)
    assert await env.run(notifications.look_again, lesson)


async def test_a_span_without_a_file_is_no_clip_in_the_letter(
    env: ActivityEnvironment, notifications: Notifications, mailer: ScriptedMailer, sessions: Sessions, lesson: Lesson
) -> None:
    async with sessions.begin() as session:
        await keep_clip(session, lesson, Highlight(0.0, 20.0, 0.5, "A span", "hello"), storage_path="")
    await env.run(notifications.announce, lesson, REPORT)
    assert "no clips" in letters(mailer)[0].plain
