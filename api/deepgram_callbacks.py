"""Deepgram tells what it has heard; it is kept before anybody is told, and whoever waits for it goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from temporalio.service import RPCError, RPCStatusCode

from api.bodies import read_body
from api.problems import Problem
from api.runs import PATIENCE
from api.services import Services
from db.callbacks import Expected, close_callback, expected_under, ready_waiter, refuse_callback
from db.consents import may_be_analysed
from lessons.calls import Call, Reply
from lessons.errors import BadAnswer, ConsentWithdrawn
from providers.deepgram_answers import LARGEST, reply_in

TAKEN = Response()


async def deepgram(request: Request[Services]) -> Response:
    """Take a transcript from whoever knows the secret; the same one twice is once."""
    services: Services = request.scope["state"]
    secret = sha256(request.path_params["secret"].encode()).hexdigest()
    async with services["sessions"]() as session:
        if await expected_under(session, secret) is None:
            raise Problem("not_found")
    reply = await asyncio.to_thread(reply_or_none, await read_body(request, LARGEST))
    if expected := await taken(services, secret, reply):
        await tell(services, expected.call)
    if reply is None:
        raise Problem("unparsable")
    return TAKEN


def reply_or_none(body: bytes) -> Reply | None:
    """The transcript that was posted; None where it is none."""
    try:
        return reply_in(body)
    except BadAnswer:
        return None


async def taken(services: Services, secret: str, reply: Reply | None) -> Expected | None:
    """Keep the first answer that comes under a secret, also where another one has been ordered meanwhile.

    What nobody may work on any more is not kept. The ledger has a connection of its own, so none is held meanwhile:
    as many lessons end on the hour as there are connections.
    """
    async with services["sessions"].begin() as session:
        expected = await expected_under(session, secret)
        if expected is None or not await wanted(session, expected, reply):
            return expected
    if reply:
        await services["ledger_of"](expected.lesson_id).keep(expected.call, reply)
        async with services["sessions"].begin() as session:
            await close_callback(session, secret)
    return expected


async def wanted(session: AsyncSession, expected: Expected, reply: Reply | None) -> bool:
    """Whether this is to be kept; what is of no use is noted."""
    if reply is None:
        await refuse_callback(session, expected.call, BadAnswer.code)
    elif not expected.is_answered and not await may_be_analysed(session, expected.lesson_id):
        await refuse_callback(session, expected.call, ConsentWithdrawn.code)
    else:
        return not expected.is_answered
    return False


async def tell(services: Services, call: Call) -> None:
    """End the step that waits for this call, if all that it waits for has come; raises Problem without Temporal.

    It ends well also where an answer is of no use: the next step asks for what is not there.
    """
    async with services["sessions"]() as session:
        token = await ready_waiter(session, call)
    if token:
        async with reaching():
            await services["temporal"].get_async_activity_handle(task_token=token).complete(rpc_timeout=PATIENCE)


@asynccontextmanager
async def reaching() -> AsyncIterator[None]:
    """Temporal, which may know of no step that waits; raises Problem where it is away."""
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise Problem("temporal_unavailable") from None
    except RuntimeError:
        raise Problem("temporal_unavailable") from None
