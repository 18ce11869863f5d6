"""All SQL about calls to providers: what arrived whole is never asked for again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ProviderCall
from lessons.calls import Call, Usage

ASK = text("""
    INSERT INTO studio.provider_calls AS c (key, lesson_id, provider, operation, model, version, content, asks)
    VALUES (:key, :lesson, :provider, :operation, :model, :version, :content, 1)
    ON CONFLICT (key) DO UPDATE SET state = 'asked', asks = c.asks + 1, asked_at = now(), code = NULL
    WHERE c.state <> 'answered' RETURNING key
""")

ANSWER = text("""
    INSERT INTO studio.provider_calls AS c (key, lesson_id, provider, operation, model, version, content, state,
        answers, request_id, seconds, input_tokens, cached_tokens, output_tokens, cost_usd, body, body_key, answered_at)
    VALUES (:key, :lesson, :provider, :operation, :model, :version, :content, 'answered', 1, :request_id,
        :seconds, :input_tokens, :cached_tokens, :output_tokens, :cost, :body, :body_key, now())
    ON CONFLICT (key) DO UPDATE SET state = 'answered', code = NULL, answers = c.answers + 1,
        request_id = CASE WHEN c.state = 'answered' THEN c.request_id ELSE excluded.request_id END,
        body = CASE WHEN c.state = 'answered' THEN c.body ELSE excluded.body END,
        body_key = CASE WHEN c.state = 'answered' THEN c.body_key ELSE excluded.body_key END,
        answered_at = CASE WHEN c.state = 'answered' THEN c.answered_at ELSE excluded.answered_at END,
        seconds = c.seconds + excluded.seconds, input_tokens = c.input_tokens + excluded.input_tokens,
        cached_tokens = c.cached_tokens + excluded.cached_tokens,
        output_tokens = c.output_tokens + excluded.output_tokens,
        cost_usd = CASE WHEN c.answers = 0 THEN excluded.cost_usd ELSE c.cost_usd + excluded.cost_usd END
""")

EXPECT = text("""
    INSERT INTO studio.provider_calls AS c (key, lesson_id, provider, operation, model, version, content,
        callback_sha256, task_token)
    VALUES (:key, :lesson, :provider, :operation, :model, :version, :content, :secret, :token)
    ON CONFLICT (key) DO UPDATE SET callback_sha256 = :secret, task_token = :token WHERE c.state <> 'answered'
""")

ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:lesson, 0))")


@dataclass(frozen=True)
class Kept:
    """Where an answer is: here, or in storage."""

    body: bytes | None
    body_key: str | None


@dataclass(frozen=True)
class Expected:
    """A call that a provider answers by calling back: whose it is, who waits for it, and which answer is here.

    `task_token` is None when nobody waits any more, `request_id` empty when there is no answer.
    """

    lesson_id: str
    call: Call
    task_token: bytes | None
    request_id: str


@dataclass(frozen=True)
class Spent:
    """What a lesson asked of one model; `usd` is None where a price is not known."""

    provider: str
    operation: str
    model: str
    requests: int
    answers: int
    usd: Decimal | None


async def kept_answer(session: AsyncSession, call: Call) -> Kept | None:
    found = select(ProviderCall.body, ProviderCall.body_key).where(
        ProviderCall.key == call.key, ProviderCall.state == "answered"
    )
    row = (await session.execute(found)).one_or_none()
    return Kept(*row) if row else None


async def note_asked(session: AsyncSession, lesson_id: str, call: Call) -> bool:
    """Count a request that is about to be sent; answer whether it is still needed."""
    return await session.scalar(ASK, named(lesson_id, call)) is not None


async def keep_answer(
    session: AsyncSession, lesson_id: str, call: Call, kept: Kept, usage: Usage, cost: Decimal | None, request_id: str
) -> None:
    """Keep an answer that arrived whole; the first one stays, and what each one used is added."""
    told = {"body": kept.body, "body_key": kept.body_key, "cost": cost, "request_id": request_id}
    await session.execute(ANSWER, named(lesson_id, call) | asdict(usage) | told)


async def note_failed(session: AsyncSession, call: Call, code: str) -> None:
    """Note why a request that was sent brought no answer."""
    asked = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.state == "asked")
    await session.execute(asked.values(state="failed", code=code, failures=ProviderCall.failures + 1))


async def spoil_answer(session: AsyncSession, call: Call, code: str) -> None:
    """Forget an answer that cannot be used, but not what it cost."""
    answered = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.state == "answered")
    await session.execute(answered.values(state="failed", code=code, body=None, body_key=None))


async def expect_callback(
    session: AsyncSession, lesson_id: str, call: Call, secret_sha256: str, task_token: bytes
) -> None:
    """Remember who waits for the answer to a call that is about to be asked."""
    await session.execute(EXPECT, named(lesson_id, call) | {"secret": secret_sha256, "token": task_token})


async def expected_with(session: AsyncSession, secret_sha256: str, alone: bool = False) -> Expected | None:
    """The call that is answered under this secret; `alone` until this transaction ends, as to its lesson."""
    found = select(ProviderCall).where(ProviderCall.callback_sha256 == secret_sha256)
    row = await session.scalar(found)
    if row and alone:
        await session.execute(ALONE, {"lesson": row.lesson_id})
        await session.refresh(row)
    if row is None:
        return None
    call = Call(row.provider, row.operation, row.model, row.version, row.content)
    return Expected(row.lesson_id, call, row.task_token, row.request_id if row.state == "answered" else "")


async def callback_came(session: AsyncSession, call: Call, task_token: bytes) -> bool:
    """Note that nobody waits for this call any more; answer whether it was the last one of those who waited."""
    waiting = ProviderCall.task_token == task_token
    await session.execute(update(ProviderCall).where(ProviderCall.key == call.key, waiting).values(task_token=None))
    return not await session.scalar(select(func.count()).select_from(ProviderCall).where(waiting))


async def spent_on(session: AsyncSession, lesson_id: str) -> Sequence[Spent]:
    """What a lesson asked of whom, if whoever asks may see it."""
    models = ProviderCall.provider, ProviderCall.operation, ProviderCall.model
    counted = (
        select(*models, func.sum(ProviderCall.asks), func.sum(ProviderCall.answers), func.sum(ProviderCall.cost_usd))
        .where(ProviderCall.lesson_id == lesson_id, ProviderCall.provider != "local")
        .group_by(*models)
        .order_by(*models)
    )
    return [Spent(*row) for row in await session.execute(counted)]


def named(lesson_id: str, call: Call) -> dict[str, str]:
    return {"key": call.key, "lesson": lesson_id} | asdict(call)
