"""Sessions on Postgres: one for the service itself, one in a person's name."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


def open_engine(url: str, connections: int = 8) -> AsyncEngine:
    """An engine on `postgresql+asyncpg://...`; poolers in transaction mode are fine, statements are not cached."""
    return create_async_engine(
        url,
        pool_size=connections,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"statement_cache_size": 0 if ":6543" in url else 100},
    )


def open_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def as_person(sessions: Sessions, claims: Mapping[str, Any]) -> AsyncIterator[AsyncSession]:
    """One transaction in which Postgres shows and changes only what these claims allow.

    The role and `request.jwt.claims` last until the transaction ends, as PostgREST does it.
    """
    async with sessions.begin() as session:
        await session.execute(
            text(
                "SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', :claims, true)"
            ),
            {"claims": json.dumps(dict(claims))},
        )
        yield session
