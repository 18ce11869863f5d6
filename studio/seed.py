"""The people and bookings that an embedded studio begins with."""

from datetime import datetime

import asyncpg

from studio.trouble import Trouble

TUTOR = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
STUDENT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
STUDENT_USER = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
DEMO_BOOKING = "16fd2706-8baf-433b-82eb-8c7fada847da"
BOOKINGS = {
    DEMO_BOOKING: -2,
    "886313e1-3b8a-4372-9b90-0c9aee199e5d": -4,
    "9b2b1a5e-0c1d-4e6f-8a3b-5c7d9e1f2a4b": -26,
    "c1d2e3f4-a5b6-4c7d-8e9f-0a1b2c3d4e5f": -50,
    "d4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70": 24,
}
"""A booking's id, and when it begins: so many hours from the first start."""

ADD_TUTOR = """
    INSERT INTO public.profiles (id, email, full_name, username, role, tier, timezone, tutor_recording_consent)
    VALUES ($1, 'mira@tutors.example', 'Mira Novak', 'mira', 'tutor', 'studio', 'Europe/Madrid', true)
    ON CONFLICT DO NOTHING
"""
ADD_STUDENT = """
    INSERT INTO public.students
        (id, tutor_id, user_id, email, full_name, native_language, target_language, proficiency_level, timezone)
    VALUES ($2, $1, $3, 'lucia@students.example', 'Lucia Campos', 'es', 'en', 'A2',
            'Europe/Madrid')
    ON CONFLICT DO NOTHING
"""
ADD_BOOKINGS = """
    INSERT INTO public.bookings (id, tutor_id, student_id, scheduled_at, duration_minutes, timezone, status)
    SELECT id, $1, $2, date_trunc('minute', now()) + hours * interval '1 hour', 60, 'Europe/Madrid',
           'confirmed'
    FROM unnest(CAST($3 AS uuid[]), CAST($4 AS int[])) AS booked (id, hours)
    ON CONFLICT DO NOTHING
"""

LESSON_NOW = """
    SELECT b.id::text, b.scheduled_at + make_interval(mins => b.duration_minutes)
    FROM public.bookings b LEFT JOIN studio.classrooms c ON c.booking_id = b.id
    WHERE b.tutor_id = $1 AND b.student_id = $2 AND b.status = 'confirmed' AND b.deleted_at IS NULL
        AND now() BETWEEN b.scheduled_at AND b.scheduled_at + make_interval(mins => b.duration_minutes) / 2
        AND c.ended_at IS NULL AND NOT EXISTS (SELECT FROM studio.lessons l WHERE l.booking_id = b.id)
    ORDER BY b.scheduled_at DESC LIMIT 1
"""
ADD_LESSON_NOW = """
    INSERT INTO public.bookings (id, tutor_id, student_id, scheduled_at, duration_minutes, timezone, status)
    VALUES (gen_random_uuid(), $1, $2, date_trunc('minute', now()), 60, 'Europe/Madrid', 'confirmed')
    RETURNING id::text, scheduled_at + interval '60 minutes'
"""


async def seed(url: str) -> None:
    """Add a Studio tutor, her student and their bookings to a database of our own; twice is once."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(ADD_TUTOR, TUTOR)
            await connection.execute(ADD_STUDENT, TUTOR, STUDENT, STUDENT_USER)
            await connection.execute(ADD_BOOKINGS, TUTOR, STUDENT, list(BOOKINGS), list(BOOKINGS.values()))
    finally:
        await connection.close()


async def lesson_now(url: str) -> tuple[str, datetime] | None:
    """The lesson of these two that has begun, is not half over, and was not ended; its id, and when it ends."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetchrow(LESSON_NOW, TUTOR, STUDENT)
    finally:
        await connection.close()
    return (found[0], found[1]) if found else None


async def add_lesson_now(url: str) -> tuple[str, datetime]:
    """Book an hour of these two that begins now; its id, and when it ends.

    Raises Trouble where they are not, or where the tutor has another lesson then.
    """
    connection = await asyncpg.connect(url)
    try:
        [(booking_id, ends_at)] = await connection.fetch(ADD_LESSON_NOW, TUTOR, STUDENT)
    except asyncpg.ForeignKeyViolationError:
        raise Trouble("This database has other people: book a lesson in the TutorLingua app.") from None
    except asyncpg.ExclusionViolationError:
        raise Trouble("The tutor has another lesson at this time: cancel it, or wait until it is over.") from None
    finally:
        await connection.close()
    return booking_id, ends_at
