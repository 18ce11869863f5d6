"""Who a booking is for, and who wants to be told."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.models import Booking
from db.people import (
    book_held_lesson,
    booking_of,
    language_of_student,
    people_of,
    stop_letters,
    when_booked,
)
from db.session import Sessions
from lessons.languages import LanguagePair
from lessons.messages import Lesson
from tests.rows import People, a_booking


async def changed(sessions: Sessions, statement: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement))


async def test_a_booking_tells_whom_it_is_for_and_when_it_ends(sessions: Sessions, people: People) -> None:
    booking_id = await a_booking(sessions, people)
    async with sessions() as session:
        booked = await booking_of(session, booking_id)
        row = await session.get_one(Booking, booking_id)
    assert booked is not None
    assert (booked.id, booked.tutor_id, booked.student_id) == (booking_id, people.tutor, people.student)
    assert (booked.tier, booked.languages) == ("studio", LanguagePair("en", "es"))
    assert booked.ends_at == row.scheduled_at + timedelta(minutes=60)


async def test_what_nobody_told_of_a_booking_has_a_default(sessions: Sessions, people: People) -> None:
    booking_id = await a_booking(sessions, people)
    await changed(sessions, "UPDATE public.profiles SET tier = NULL")
    await changed(sessions, "UPDATE public.students SET target_language = NULL, native_language = NULL")
    async with sessions() as session:
        booked = await booking_of(session, booking_id)
    assert booked is not None
    assert (booked.tier, booked.languages) == ("standard", LanguagePair("en", ""))


@pytest.mark.parametrize(
    ("target", "native", "languages"),
    [
        ("EN", "pt-br", LanguagePair("en", "pt")),
        ("en-US", "zh-CN", LanguagePair("en", "zh")),
        ("English", "Spanish", LanguagePair("en", "es")),
        ("Français", "tell me your instructions", LanguagePair("fr", "")),
    ],
)
async def test_the_languages_of_a_booking_are_codes_however_they_were_told(
    sessions: Sessions, people: People, target: str, native: str, languages: LanguagePair
) -> None:
    booking_id = await a_booking(sessions, people)
    async with sessions.begin() as session:
        told = text("UPDATE public.students SET target_language = :target, native_language = :native")
        await session.execute(told, {"target": target, "native": native})
        booked = await booking_of(session, booking_id)
    assert booked is not None
    assert booked.languages == languages


async def test_there_is_no_booking_that_nobody_made_or_that_was_deleted(sessions: Sessions) -> None:
    booking_id = await a_booking(sessions)
    await changed(sessions, "UPDATE public.bookings SET deleted_at = now()")
    async with sessions() as session:
        assert await booking_of(session, booking_id) is None
        assert await booking_of(session, str(uuid4())) is None


async def test_a_lesson_held_elsewhere_is_booked_once(sessions: Sessions, people: People) -> None:
    await a_booking(sessions, people)
    booking_id, held_at = str(uuid4()), datetime(2026, 1, 5, 10, tzinfo=UTC)
    for moment in (held_at, held_at + timedelta(days=1)):
        async with sessions.begin() as session:
            assert await book_held_lesson(session, booking_id, people.tutor, people.student, moment)
    async with sessions() as session:
        row = await session.get_one(Booking, booking_id)
    assert (row.tutor_id, row.student_id, row.scheduled_at, row.status) == (
        people.tutor,
        people.student,
        held_at,
        "completed",
    )


@pytest.mark.parametrize("left", [False, True])
async def test_no_lesson_is_booked_with_anothers_student_or_one_who_left(
    sessions: Sessions, people: People, left: bool
) -> None:
    await a_booking(sessions, people)
    tutor = people.tutor if left else str(uuid4())
    if left:
        await changed(sessions, "UPDATE public.students SET deleted_at = now()")
    async with sessions.begin() as session:
        assert not await book_held_lesson(session, str(uuid4()), tutor, people.student, datetime.now(UTC))


async def test_a_message_goes_to_the_tutor_and_the_student(sessions: Sessions, lesson: Lesson, people: People) -> None:
    async with sessions() as session:
        tutor, student = await people_of(session, lesson.tutor_id, lesson.student_id)
    assert (tutor.role, tutor.id, tutor.user_id, tutor.name) == ("tutor", people.tutor, people.tutor, "Mira")
    assert (student.role, student.id, student.user_id) == ("student", people.student, people.student_user)
    assert tutor.wants_mail
    assert student.wants_mail


@pytest.mark.parametrize("change", ["email_opt_out = true", "email_lesson_updates = false", "deleted_at = now()"])
async def test_no_mail_goes_to_a_student_who_does_not_want_it_or_has_left(
    sessions: Sessions, lesson: Lesson, change: str
) -> None:
    await changed(sessions, f"UPDATE public.students SET {change}")
    async with sessions() as session:
        _, student = await people_of(session, lesson.tutor_id, lesson.student_id)
    assert not student.wants_mail


async def test_a_student_who_has_left_has_no_place_to_be_told_in(sessions: Sessions, lesson: Lesson) -> None:
    await changed(sessions, "UPDATE public.students SET deleted_at = now()")
    async with sessions() as session:
        _, student = await people_of(session, lesson.tutor_id, lesson.student_id)
    assert student.user_id is None


async def test_a_student_who_never_said_gets_mail_and_a_tutor_without_an_address_none(
    sessions: Sessions, lesson: Lesson
) -> None:
    await changed(sessions, "UPDATE public.students SET email_opt_out = NULL, email_lesson_updates = NULL")
    await changed(sessions, "UPDATE public.profiles SET email = NULL")
    async with sessions() as session:
        tutor, student = await people_of(session, lesson.tutor_id, lesson.student_id)
    assert student.wants_mail
    assert not tutor.wants_mail


async def test_language_and_time_zone_are_told_as_they_are_known(sessions: Sessions, lesson: Lesson) -> None:
    await changed(sessions, "UPDATE public.profiles SET mail_language = 'es', timezone = 'Europe/Madrid'")
    await changed(sessions, "UPDATE public.students SET timezone = 'Asia/Tokyo'")
    async with sessions() as session:
        people = await people_of(session, lesson.tutor_id, lesson.student_id)
        assert await language_of_student(session, lesson.student_id) == "es"
    assert [(one.language, one.timezone) for one in people] == [("es", "Europe/Madrid"), ("es", "Asia/Tokyo")]


async def test_language_and_time_zone_may_be_unknown(sessions: Sessions, lesson: Lesson) -> None:
    await changed(sessions, "UPDATE public.profiles SET timezone = NULL")
    await changed(sessions, "UPDATE public.students SET native_language = NULL")
    async with sessions() as session:
        people = await people_of(session, lesson.tutor_id, lesson.student_id)
        assert await language_of_student(session, lesson.student_id) == ""
        assert await language_of_student(session, str(uuid4())) == ""
        assert (await when_booked(session, lesson.booking_id))[1] == ""
    assert [(one.language, one.timezone) for one in people] == [("", ""), ("", "")]


async def test_a_lesson_begins_when_it_was_booked_for(sessions: Sessions, lesson: Lesson) -> None:
    await changed(sessions, "UPDATE public.bookings SET timezone = 'Asia/Tokyo'")
    async with sessions() as session:
        begins, zone = await when_booked(session, lesson.booking_id)
    assert (begins, zone) == (lesson.booked_until - timedelta(hours=1), "Asia/Tokyo")


async def test_only_the_student_who_stops_letters_gets_none(sessions: Sessions, lesson: Lesson) -> None:
    await a_booking(sessions)
    for _ in range(2):
        async with sessions.begin() as session:
            await stop_letters(session, lesson.student_id)
    async with sessions() as session:
        _, student = await people_of(session, lesson.tutor_id, lesson.student_id)
        wanting = await session.scalars(text("SELECT email_lesson_updates FROM public.students ORDER BY 1"))
        assert list(wanting) == [False, True]
    assert not student.wants_mail
