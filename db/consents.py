"""All SQL about what people agreed to, booking by booking; nothing of it is ever changed or deleted."""

from typing import Any

from sqlalchemy import Row, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.classrooms import wake_room
from db.models import ConsentGiven
from lessons.classroom import Seat
from lessons.consent import Consents, Purpose, Way, may_analyse

NEWEST = """(SELECT c.given FROM studio.consents c
    WHERE c.booking_id = lessons.booking_id AND c.person_id = lessons.{0}_id AND c.purpose = 'ai'
    ORDER BY c.id DESC LIMIT 1) AS {0}_agrees"""

AI_ANSWERS = f"""{NEWEST.format("tutor")}, {NEWEST.format("student")},
    EXISTS (SELECT FROM studio.classrooms r WHERE r.booking_id = lessons.booking_id) AS were_asked"""
"""What the two people of a row of studio.lessons say to `ai`, and whether they were asked; see `analysis_allowed`."""

ASK_AI = text(f"SELECT {AI_ANSWERS} FROM studio.lessons WHERE id = :id")  # noqa: S608


async def keep_answer(
    session: AsyncSession,
    booking_id: str,
    person_id: str,
    seat: Seat,
    purpose: Purpose,
    given: bool,
    version: str,
    came_by: Way,
) -> None:
    """Add what a person answers, how she came and which version of the text she has read; wake who watches the room."""
    answer = {"purpose": purpose, "given": given, "version": version, "came_by": came_by}
    row = insert(ConsentGiven).values(booking_id=booking_id, person_id=person_id, role=seat, **answer)
    await session.execute(row)
    await wake_room(session, booking_id)


async def consents_in(session: AsyncSession, booking_id: str) -> dict[str, Consents]:
    """Each person's newest answers, by her id in `profiles` or `students`; who was never asked is not there."""
    answers = ConsentGiven.person_id, ConsentGiven.purpose, ConsentGiven.given, ConsentGiven.came_by
    newest = (
        select(*answers)
        .ext(distinct_on(ConsentGiven.person_id, ConsentGiven.purpose))
        .where(ConsentGiven.booking_id == booking_id)
        .order_by(ConsentGiven.person_id, ConsentGiven.purpose, ConsentGiven.id.desc())
    )
    found: dict[str, dict[Purpose, bool]] = {}
    ways: dict[str, dict[Purpose, Way]] = {}
    for person_id, purpose, given, came_by in await session.execute(newest):
        found.setdefault(person_id, {})[Purpose(purpose)] = given
        if came_by is not None:
            ways.setdefault(person_id, {})[Purpose(purpose)] = Way(came_by)
    return {person_id: Consents(given, ways.get(person_id, {})) for person_id, given in found.items()}


async def may_be_analysed(session: AsyncSession, lesson_id: str) -> bool:
    """Whether a computer may work on a lesson now; not on one that is not there."""
    answers = (await session.execute(ASK_AI, {"id": lesson_id})).first()
    return answers is not None and analysis_allowed(answers)


def analysis_allowed(answers: Row[Any]) -> bool:
    """What follows from AI_ANSWERS."""
    both = answers.tutor_agrees, answers.student_agrees
    tutor, student = (Consents({} if given is None else {Purpose.AI: given}) for given in both)
    return may_analyse(tutor, student, answers.were_asked)
