"""The people and bookings that an embedded studio begins with."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

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

ADD = (
    """
    INSERT INTO public.profiles (id, email, full_name, username, role, tier, timezone, tutor_recording_consent)
    VALUES (:tutor, 'mira@tutors.example', 'Mira Novak', 'mira', 'tutor', 'studio', 'Europe/Madrid', true)
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO public.students
        (id, tutor_id, user_id, email, full_name, native_language, target_language, proficiency_level, timezone)
    VALUES (:student, :tutor, :student_user, 'lucia@students.example', 'Lucia Campos', 'es', 'en', 'A2',
            'Europe/Madrid')
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO public.bookings (id, tutor_id, student_id, scheduled_at, duration_minutes, timezone, status)
    SELECT id, :tutor, :student, date_trunc('minute', now()) + hours * interval '1 hour', 60, 'Europe/Madrid',
           'confirmed'
    FROM unnest(CAST(:bookings AS uuid[]), CAST(:hours AS int[])) AS booked (id, hours)
    ON CONFLICT DO NOTHING
    """,
)


async def seed(url: str) -> None:
    """Add a Studio tutor, her student and their bookings to a database of our own; twice is once."""
    people = {"tutor": TUTOR, "student": STUDENT, "student_user": STUDENT_USER}
    booked = {"bookings": list(BOOKINGS), "hours": list(BOOKINGS.values())}
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in ADD:
            await connection.execute(text(statement), people | booked)
    await engine.dispose()
