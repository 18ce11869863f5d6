"""All SQL about calls to providers: what arrived whole is never asked for again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ProviderCall
from lessons.calls import Call, Usage

ASK = text("""
    INSERT INTO studio.provider_calls AS c (key, lesson_id, provider, operation, model, version, content, asks,
        awaited_until, held_until)
    VALUES (:key, :lesson, :provider, :operation, :model, :version, :content, 1, now() + CAST(:patience AS interval),
        now() + CAST(:hold AS interval))
    ON CONFLICT (key) DO UPDATE SET state = 'asked', asks = c.asks + 1, asked_at = now(), code = NULL,
        awaited_until = excluded.awaited_until, held_until = excluded.held_until
    WHERE c.state <> 'answered' AND coalesce(greatest(c.awaited_until, c.held_until), now()) <= now() RETURNING key
""")

ANSWER = text("""
    INSERT INTO studio.provider_calls AS c (key, lesson_id, provider, operation, model, version, content, state,
        answers, request_id, seconds, input_tokens, cached_tokens, output_tokens, cost_usd, body, answered_at)
    VALUES (:key, :lesson, :provider, :operation, :model, :version, :content, 'answered', 1, :request_id,
        :seconds, :input_tokens, :cached_tokens, :output_tokens, :cost, :body, now())
    ON CONFLICT (key) DO UPDATE SET state = 'answered', code = NULL, answers = c.answers + 1,
        awaited_until = NULL, held_until = NULL, given_up_by = NULL,
        request_id = CASE WHEN c.state = 'answered' THEN c.request_id ELSE excluded.request_id END,
        body = CASE WHEN c.state = 'answered' THEN c.body ELSE excluded.body END,
        body_key = CASE WHEN c.state = 'answered' THEN c.body_key END,
        answered_at = CASE WHEN c.state = 'answered' THEN c.answered_at ELSE excluded.answered_at END,
        seconds = c.seconds + excluded.seconds, input_tokens = c.input_tokens + excluded.input_tokens,
        cached_tokens = c.cached_tokens + excluded.cached_tokens,
        output_tokens = c.output_tokens + excluded.output_tokens,
        cost_usd = CASE WHEN c.answers = 0 THEN excluded.cost_usd ELSE c.cost_usd + excluded.cost_usd END
    WHERE c.state <> 'answered' OR c.request_id = '' OR c.request_id <> excluded.request_id
""")
"""An answer that is told twice, by a commit that nobody heard of or by whoever posts it, is counted once."""

FAILED = {"state": "failed", "failures": ProviderCall.failures + 1, "awaited_until": None, "held_until": None}
"""What becomes of a request that brought nothing."""


@dataclass(frozen=True)
class Kept:
    """Where an answer is: here, or in storage."""

    body: bytes | None
    body_key: str | None


@dataclass(frozen=True)
class Spent:
    """What a lesson asked of one model; `usd` is None where a price is not known.

    `cut` are requests of which nobody heard an answer or a failure: cut off, or still under way.
    """

    provider: str
    operation: str
    model: str
    requests: int
    answers: int
    failures: int
    cut: int
    usd: Decimal | None


async def kept_answer(session: AsyncSession, call: Call, step: str = "") -> Kept | None:
    """The answer that arrived; one that was given up is there for the step that did so, and for no other."""
    is_there = or_(ProviderCall.state == "answered", ProviderCall.given_up_by == step)
    found = select(ProviderCall.body, ProviderCall.body_key).where(ProviderCall.key == call.key, is_there)
    row = (await session.execute(found)).one_or_none()
    return Kept(*row) if row else None


async def note_asked(
    session: AsyncSession,
    lesson_id: str,
    call: Call,
    *,
    patience: timedelta | None = None,
    hold: timedelta | None = None,
) -> bool:
    """Count a request that is about to be sent; False where its answer is here, or asked for and still waited for.

    `patience` is for an order: so long its answer is waited for. Who waits herself holds the call, for so long.
    """
    asked = named(lesson_id, call) | {"patience": patience, "hold": hold}
    return await session.scalar(ASK, asked) is not None


async def hold(session: AsyncSession, call: Call, hold: timedelta) -> None:
    """Let nobody else ask for so long from now."""
    asked = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.state == "asked")
    await session.execute(asked.values(held_until=func.now() + hold))


async def keep_answer(
    session: AsyncSession, lesson_id: str, call: Call, body: bytes, usage: Usage, cost: Decimal | None, request_id: str
) -> None:
    """Keep an answer that arrived whole; the first one stays, and what each one used is added."""
    told = {"body": body, "cost": cost, "request_id": request_id}
    await session.execute(ANSWER, named(lesson_id, call) | asdict(usage) | told)


async def lay_away(session: AsyncSession, call: Call, request_id: str, body_key: str) -> None:
    """Note that the body of this answer lies in storage now."""
    kept = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.request_id == request_id)
    await session.execute(kept.where(ProviderCall.body.is_not(None)).values(body=None, body_key=body_key))


async def note_failed(session: AsyncSession, call: Call, code: str) -> None:
    """Note why a request that was sent brought no answer."""
    asked = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.state == "asked")
    await session.execute(asked.values(FAILED | {"code": code}))


async def spoil_answer(session: AsyncSession, call: Call, code: str) -> None:
    """Forget an answer that cannot be used, but not what it cost."""
    answered = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.state == "answered")
    await session.execute(answered.values(state="failed", code=code, body=None, body_key=None))


async def give_up_answer(session: AsyncSession, call: Call, code: str, step: str) -> None:
    """Leave an answer that is of no use to the step that asked for it; any other one may ask anew."""
    answered = update(ProviderCall).where(ProviderCall.key == call.key, ProviderCall.state == "answered")
    await session.execute(answered.values(state="failed", code=code, given_up_by=step))


async def spent_on(session: AsyncSession, lesson_id: str) -> Sequence[Spent]:
    """What a lesson asked of whom, if whoever asks may see it."""
    models = ProviderCall.provider, ProviderCall.operation, ProviderCall.model
    unheard = ProviderCall.asks - ProviderCall.answers - ProviderCall.failures
    counts = ProviderCall.asks, ProviderCall.answers, ProviderCall.failures, func.greatest(unheard, 0)
    counted = (
        select(*models, *map(func.sum, counts), func.sum(ProviderCall.cost_usd))
        .where(ProviderCall.lesson_id == lesson_id, ProviderCall.provider != "local")
        .group_by(*models)
        .order_by(*models)
    )
    return [Spent(*row) for row in await session.execute(counted)]


def named(lesson_id: str, call: Call) -> dict[str, str]:
    return {"key": call.key, "lesson": lesson_id} | asdict(call)
