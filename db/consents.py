"""All SQL about what people agreed to, booking by booking; nothing of it is ever changed or deleted."""

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.classrooms import wake_room
from db.models import ConsentGiven
from lessons.classroom import Seat
from lessons.consent import Consents, Purpose


async def keep_answer(
    session: AsyncSession, booking_id: str, person_id: str, seat: Seat, purpose: Purpose, given: bool, version: str
) -> None:
    """Add what a person answers, with the version of the text she has read, and wake whoever watches the room."""
    row = insert(ConsentGiven).values(
        booking_id=booking_id, person_id=person_id, role=seat, purpose=purpose, given=given, version=version
    )
    await session.execute(row)
    await wake_room(session, booking_id)


async def consents_in(session: AsyncSession, booking_id: str) -> dict[str, Consents]:
    """Each person's newest answers, by her id in `profiles` or `students`; who was never asked is not there."""
    answers = ConsentGiven.person_id, ConsentGiven.purpose, ConsentGiven.given
    newest = (
        select(*answers)
        .ext(distinct_on(ConsentGiven.person_id, ConsentGiven.purpose))
        .where(ConsentGiven.booking_id == booking_id)
        .order_by(ConsentGiven.person_id, ConsentGiven.purpose, ConsentGiven.id.desc())
    )
    found: dict[str, dict[Purpose, bool]] = {}
    for person_id, purpose, given in await session.execute(newest):
        found.setdefault(person_id, {})[Purpose(purpose)] = given
    return {person_id: Consents(given) for person_id, given in found.items()}
