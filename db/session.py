"""Sessions on Postgres: one for the service itself, one in a person's name."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


def statement_name() -> str:
    """A name that no other client has given a statement of a connection that a pooler lends to both."""
    return f"studio_{uuid4().hex}"


POOLER = 6543
POOLED = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": statement_name,
}
"""https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#prepared-statement-name-with-pgbouncer"""


def open_engine(url: str, connections: int = 8) -> AsyncEngine:
    """An engine on `postgresql+asyncpg://...`; poolers in transaction mode, such as Supabase's on 6543, are fine."""
    engine = create_async_engine(
        url,
        pool_size=connections,
        pool_use_lifo=True,
        hide_parameters=True,
        json_serializer=as_text,
        json_deserializer=msgspec.json.decode,
        connect_args=POOLED if make_url(url).port == POOLER else {},
    )
    event.listen(engine.sync_engine, "checkout", refuse_closed)
    return engine


def as_text(value: object) -> str:
    """A value as JSON, ready to be stored."""
    return msgspec.json.encode(value).decode()


def refuse_closed(connection: Any, *_: object) -> None:
    """Let the pool replace a connection that has been closed: asyncpg knows, while a ping takes three round trips."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


async def do_not_wait_for_disk(session: AsyncSession) -> None:
    """Let this transaction's commit return before it is on disk; a crash may lose it, whole."""
    await session.execute(text("SET LOCAL synchronous_commit = off"))


def is_away(error: BaseException) -> bool:
    """Whether Postgres is not there: it could not be reached, the connection broke, or it has no room (class 53)."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError | PoolTimeout)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return error.statement is None or error.connection_invalidated or state.startswith(("08", "53", "57P"))


def open_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def at_once(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session in which each statement commits by itself: one way to Postgres and back instead of three."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


@asynccontextmanager
async def as_person(sessions: Sessions, claims: Mapping[str, Any]) -> AsyncIterator[AsyncSession]:
    """One transaction in which Postgres shows and changes only what these claims allow.

    The role and `request.jwt.claims` last until the transaction ends, as PostgREST does it.
    """
    async with sessions.begin() as session:
        await session.execute(
            text("SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', :claims, true)"),
            {"claims": json.dumps(dict(claims))},
        )
        yield session
