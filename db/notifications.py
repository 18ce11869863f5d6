"""All SQL about the in-app notifications that the TutorLingua app shows."""

from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.people import Person

STORE = text("""
    INSERT INTO public.notifications (id, user_id, user_role, type, title, body, metadata)
    VALUES (:id, :user_id, :role, 'lesson_analysis_ready', :title, :body,
        jsonb_build_object('lesson_id', CAST(:lesson AS text)))
    ON CONFLICT (id) DO NOTHING
""")


async def notify(session: AsyncSession, lesson_id: str, person: Person, kind: str, title: str, body: str) -> None:
    """Show a person, once per lesson and kind of news; who never signed up has no place to read it."""
    if person.user_id is None:
        return
    values = {"user_id": person.user_id, "role": person.role, "title": title, "body": body}
    await session.execute(
        STORE, {"id": str(uuid5(UUID(lesson_id), f"{kind}/{person.id}")), "lesson": lesson_id, **values}
    )
