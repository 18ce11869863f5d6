"""Answers that providers gave, kept in Postgres."""

from dataclasses import dataclass
from typing import Any

from db.provider_calls import answer_of, keep_answer
from db.session import Sessions


@dataclass(frozen=True)
class KeptAnswers:
    """`lessons.ports.Answers` over the table provider_calls."""

    sessions: Sessions

    async def recall(self, key: str) -> Any | None:
        async with self.sessions() as session:
            return await answer_of(session, key)

    async def keep(self, key: str, answer: Any) -> None:
        async with self.sessions.begin() as session:
            await keep_answer(session, key, answer)
