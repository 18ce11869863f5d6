"""What was answered once is never asked again."""

from typing import Any

import pytest

from db.provider_calls import answer_of, keep_answer
from db.session import Sessions


@pytest.mark.parametrize("answer", [{"words": ["Grüße", 1.5, None]}, [], "text", 0, False])
async def test_an_answer_is_read_back_as_it_was_kept(sessions: Sessions, answer: Any) -> None:
    async with sessions.begin() as session:
        await keep_answer(session, "key", answer)
    async with sessions() as session:
        assert await answer_of(session, "key") == answer
        assert await answer_of(session, "other key") is None


async def test_the_first_answer_stays(sessions: Sessions) -> None:
    for answer in ("first", "second"):
        async with sessions.begin() as session:
            await keep_answer(session, "key", answer)
    async with sessions() as session:
        assert await answer_of(session, "key") == "first"
