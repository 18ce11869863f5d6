"""Sessions on Postgres: one for the service itself, one in a person's name."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


def open_engine(url: str, connections: int = 8) -> AsyncEngine:
    """An engine on `postgresql+asyncpg://...`; poolers in transaction mode are fine, statements are not cached."""
    engine = create_async_engine(
        url,
        pool_size=connections,
        pool_use_lifo=True,
        hide_parameters=True,
        json_serializer=as_text,
        json_deserializer=msgspec.json.decode,
        connect_args={"statement_cache_size": 0 if ":6543" in url else 100},
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


def open_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


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
