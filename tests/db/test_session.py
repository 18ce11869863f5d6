"""Sessions: one for the service itself, one in a person's name."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Sessions, as_person
from tests.rows import People, a_booking

WHO = text("SELECT current_user, current_setting('request.jwt.claims', true), studio.uid()::text")
OWN_PROCESS = text("SELECT pg_backend_pid()")


async def test_a_person_reads_in_her_own_name(sessions: Sessions, people: People) -> None:
    async with as_person(sessions, {"sub": people.tutor, "role": "authenticated"}) as session:
        role, _, uid = (await session.execute(WHO)).one()
    assert (role, uid) == ("authenticated", people.tutor)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_persons_name_ends_with_her_transaction(sessions: Sessions, people: People, fails: bool) -> None:
    async with sessions() as session:
        before = (await session.execute(WHO)).one()
    try:
        async with as_person(sessions, {"sub": people.tutor}) as session:
            await session.execute(text("SELECT 1 / :zero"), {"zero": 0 if fails else 1})
    except DBAPIError:
        assert fails
    async with sessions() as session:
        role, claims, uid = (await session.execute(WHO)).one()
    assert role == before[0]
    assert (claims or "", uid) == ("", None)


@pytest.mark.parametrize("claims", [{}, {"sub": ""}])
async def test_whoever_has_no_id_is_nobody(sessions: Sessions, claims: dict[str, str]) -> None:
    async with as_person(sessions, claims) as session:
        _, _, uid = (await session.execute(WHO)).one()
    assert uid is None


async def test_a_failing_statement_names_no_values(sessions: Sessions) -> None:
    await a_booking(sessions)
    with pytest.raises(DBAPIError) as raised:
        async with sessions.begin() as session:
            await session.execute(
                text("UPDATE public.students SET email = NULL, full_name = :name"), {"name": "Marisol Quintero"}
            )
    assert "Marisol" not in str(raised.value)


async def test_a_connection_that_postgres_has_closed_is_replaced(sessions: Sessions, database_url: str) -> None:
    async with sessions() as session:
        closed = await session.scalar(OWN_PROCESS)
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await connection.execute("SELECT pg_terminate_backend($1, 5000)", closed)
    await connection.close()
    async with sessions() as session:
        assert await session.scalar(OWN_PROCESS) != closed
