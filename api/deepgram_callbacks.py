"""Deepgram tells what it has heard; it is kept before anybody is told, and whoever waits for it goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from temporalio.client import AsyncActivityHandle
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from api.bodies import read_body
from api.problems import Problem
from api.runs import PATIENCE
from api.services import Services
from db.consents import may_be_analysed
from db.provider_calls import Expected, callback_came, expected_with, note_failed
from lessons.errors import BadAnswer, ConsentWithdrawn, LessonError
from providers.deepgram_answers import LARGEST, reply_in

TAKEN = Response()


async def deepgram(request: Request[Services]) -> Response:
    """Take a transcript from whoever knows the secret; the same one twice is once."""
    services: Services = request.scope["state"]
    secret = sha256(request.path_params["secret"].encode()).hexdigest()
    async with services["sessions"]() as session:
        if await expected_with(session, secret) is None:
            raise Problem("not_found")
    body = await read_body(request, LARGEST)
    async with services["sessions"].begin() as session:
        expected = await expected_with(session, secret, alone=True)
        fits = expected is None or expected.task_token is None or await taken(session, services, expected, body)
    if not fits:
        raise Problem("unparsable")
    return TAKEN


async def taken(session: AsyncSession, services: Services, expected: Expected, body: bytes) -> bool:
    """Keep the answer and tell whoever waits; answer whether it is one. What nobody may work on is not kept."""
    waiting = services["temporal"].get_async_activity_handle(task_token=expected.task_token or b"")
    try:
        reply = await asyncio.to_thread(reply_in, body)
    except BadAnswer as error:
        await give_up(session, expected, waiting, error)
        return False
    if not await may_be_analysed(session, expected.lesson_id):
        await give_up(session, expected, waiting, ConsentWithdrawn())
        return True
    if reply.request_id != expected.request_id:
        await services["ledger_of"](expected.lesson_id).keep(expected.call, reply)
    if await callback_came(session, expected.call, expected.task_token or b""):
        await tell(waiting)
    return True


async def give_up(session: AsyncSession, expected: Expected, waiting: AsyncActivityHandle, error: LessonError) -> None:
    """Note that this answer brought nothing, and why, and tell whoever waits."""
    await note_failed(session, expected.call, error.code)
    await callback_came(session, expected.call, expected.task_token or b"")
    await tell(waiting, error)


async def tell(waiting: AsyncActivityHandle, error: LessonError | None = None) -> None:
    """End the step that waits, if it still does; raises Problem where Temporal is away."""
    async with reaching(waiting):
        if error:
            told = ApplicationError(str(error), type=error.code, non_retryable=True)
            await waiting.fail(told, rpc_timeout=PATIENCE)
        else:
            await waiting.complete(rpc_timeout=PATIENCE)


@asynccontextmanager
async def reaching(waiting: AsyncActivityHandle) -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise Problem("temporal_unavailable") from None
    except RuntimeError:
        raise Problem("temporal_unavailable") from None
