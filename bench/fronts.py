"""Web fronts to be compared: `python -m bench.fronts NAME PORT`, with the settings of `studio api`.

`checking` is ours with an inbox that takes no time, `empty` only receives the body, `receiving` checks it by
livekit-api, and `starting` is what we do not do: it starts the lesson's workflow before it answers. `counting` is
ours too, and tells at /sent how many bytes of bodies it has sent. `rooms` is a LiveKit server that does all that it is
asked, which is nothing.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import uvicorn
import uvloop
from livekit.api import TokenVerifier, WebhookReceiver
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api.grouping import DEADLINE
from api.livekit_events import event_in
from api.livekit_keys import LiveKitKeys
from bench.webhooks import KEY, PATH
from lessons.capture import Arrival, lesson_id_of
from lessons.messages import Lesson
from studio.configuration import read_settings
from studio.fronting import front, livekit_secrets
from studio.seed import STUDENT, TUTOR
from studio.settings import Settings
from studio.wiring import temporal_client
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options


class InstantInbox:
    deadline = DEADLINE

    async def store(self, arrival: Arrival) -> None:
        return


@asynccontextmanager
async def checking(settings: Settings) -> AsyncIterator[ASGIApp]:
    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["inbox"] = inbox
        await app(scope, receive, send)

    inbox = InstantInbox()
    async with front(settings) as app:
        yield checked


@asynccontextmanager
async def empty(settings: Settings) -> AsyncIterator[ASGIApp]:
    async def livekit(request: Request) -> Response:
        await request.body()
        return Response()

    yield Starlette(routes=[Route(PATH, livekit, methods=["POST"])])


@asynccontextmanager
async def receiving(settings: Settings) -> AsyncIterator[ASGIApp]:
    receiver = WebhookReceiver(TokenVerifier(KEY, livekit_secrets(settings)[KEY]))

    async def livekit(request: Request) -> Response:
        receiver.receive((await request.body()).decode(), request.headers["authorization"])
        return Response()

    yield Starlette(routes=[Route(PATH, livekit, methods=["POST"])])


@asynccontextmanager
async def starting(settings: Settings) -> AsyncIterator[ASGIApp]:
    keys, temporal = LiveKitKeys(livekit_secrets(settings)), await temporal_client(settings.temporal)

    async def livekit(request: Request) -> Response:
        body = await request.body()
        if not keys.signed(body, request.headers.get("authorization", "")):
            return Response(status_code=401)
        if arrival := event_in(body).arrival():
            room = arrival.event.room
            lesson = Lesson(room, lesson_id_of(room), TUTOR, STUDENT, datetime.now(UTC))
            options = start_options(lesson, "studio")
            options["task_queue"] = "nobody"
            await temporal.start_workflow(
                ProcessLessonWorkflow.run,
                lesson,
                **options,
                start_signal="room_event",
                start_signal_args=[arrival.event],
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        return Response()

    yield Starlette(routes=[Route(PATH, livekit, methods=["POST"])])


@asynccontextmanager
async def counting(settings: Settings) -> AsyncIterator[ASGIApp]:
    sent = 0

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Message) -> None:
            nonlocal sent
            sent += len(message.get("body", b""))
            await send(message)

        if scope.get("path") == "/sent":
            await PlainTextResponse(str(sent))(scope, receive, send)
        else:
            await app(scope, receive, count)

    async with front(settings) as app:
        yield counted


@asynccontextmanager
async def rooms(settings: Settings) -> AsyncIterator[ASGIApp]:
    async def done(request: Request) -> Response:
        await request.body()
        return Response(media_type="application/protobuf")

    yield Starlette(routes=[Route("/twirp/{method:path}", done, methods=["POST"])])


FRONTS = {one.__name__: one for one in (checking, empty, receiving, starting, counting, rooms)}


async def serve(name: str, port: int) -> None:
    """Serve as `studio api` does."""
    async with FRONTS[name](read_settings()) as app:
        config = uvicorn.Config(
            app, port=port, http="httptools", log_config=None, access_log=False, server_header=False
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(sys.argv[1], int(sys.argv[2])))
