"""All SQL about answers that a provider posts later: the secrets under which they may come, and who waits for them."""

from dataclasses import dataclass

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Callback, ProviderCall
from db.provider_calls import FAILED, named
from lessons.calls import Call

EXPECT = text("""
    INSERT INTO studio.provider_calls AS c (key, lesson_id, provider, operation, model, version, content, task_token)
    VALUES (:key, :lesson, :provider, :operation, :model, :version, :content, :token)
    ON CONFLICT (key) DO UPDATE SET state = 'asked', code = NULL,
        task_token = CASE WHEN c.lesson_id <> :lesson AND greatest(c.awaited_until, c.held_until) > now()
            THEN c.task_token ELSE :token END
    WHERE c.state <> 'answered' RETURNING key
""")


@dataclass(frozen=True)
class Expected:
    """The call that is answered under a secret, and whether an answer has come under it."""

    lesson_id: str
    call: Call
    is_answered: bool


async def expect_answer(session: AsyncSession, lesson_id: str, call: Call, task_token: bytes) -> bool:
    """Remember which step waits for an answer, but for one that another lesson waits for; False where it is here."""
    return await session.scalar(EXPECT, named(lesson_id, call) | {"token": task_token}) is not None


async def open_callback(session: AsyncSession, call: Call, secret_sha256: str) -> None:
    """Let the answer to a call come under this secret, too."""
    await session.execute(insert(Callback).values(secret_sha256=secret_sha256, key=call.key))


async def expected_under(session: AsyncSession, secret_sha256: str) -> Expected | None:
    """What comes under this secret."""
    found = (
        select(ProviderCall, Callback.answered_at)
        .join(Callback, Callback.key == ProviderCall.key)
        .where(Callback.secret_sha256 == secret_sha256)
    )
    row = (await session.execute(found)).one_or_none()
    if row is None:
        return None
    asked, answered_at = row
    call = Call(asked.provider, asked.operation, asked.model, asked.version, asked.content)
    return Expected(asked.lesson_id, call, answered_at is not None)


async def close_callback(session: AsyncSession, secret_sha256: str) -> None:
    """Note that the answer under this secret has come."""
    closed = update(Callback).where(Callback.secret_sha256 == secret_sha256)
    await session.execute(closed.values(answered_at=func.now()))


async def refuse_callback(session: AsyncSession, call: Call, code: str) -> None:
    """Note that what was ordered has brought nothing of use; once, however often it is posted."""
    ordered = ProviderCall.state == "asked", ProviderCall.awaited_until.is_not(None)
    failed = update(ProviderCall).where(ProviderCall.key == call.key, *ordered)
    await session.execute(failed.values(FAILED | {"code": code}))


async def is_waiting(session: AsyncSession, task_token: bytes) -> bool:
    """Whether the step of this token waits for answers that are still to come."""
    to_come = exists().where(ProviderCall.task_token == task_token, ProviderCall.state == "asked")
    return bool(await session.scalar(select(to_come)))


async def ready_waiter(session: AsyncSession, call: Call) -> bytes | None:
    """The token of the step that waits for this call, if all that it waits for has come."""
    other = aliased(ProviderCall)
    to_come = exists().where(other.task_token == ProviderCall.task_token, other.state == "asked")
    return await session.scalar(select(ProviderCall.task_token).where(ProviderCall.key == call.key, ~to_come))
