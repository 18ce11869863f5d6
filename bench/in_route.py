"""What we do not do: a front that verifies a webhook and starts the lesson's workflow before it answers.

`python -m bench.in_route PORT SECRET TEMPORAL`
"""

import asyncio
import sys
from datetime import UTC, datetime

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api.livekit_events import event_in
from api.livekit_keys import LiveKitKeys
from bench.webhooks import KEY, PATH
from lessons.capture import lesson_id_of
from lessons.messages import Lesson
from studio.seed import STUDENT, TUTOR
from workers.run import connect
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options


def front(keys: LiveKitKeys, temporal: Client) -> Starlette:
    async def livekit(request: Request) -> Response:
        body = await request.body()
        if not keys.signed(body, request.headers.get("authorization", "")):
            return Response(status_code=401)
        if arrival := event_in(body).arrival():
            room = arrival.event.room
            lesson = Lesson(room, lesson_id_of(room), TUTOR, STUDENT, datetime.now(UTC))
            await temporal.start_workflow(
                ProcessLessonWorkflow.run,
                lesson,
                **start_options(lesson, "studio"),
                start_signal="room_event",
                start_signal_args=[arrival.event],
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        return Response()

    return Starlette(routes=[Route(PATH, livekit, methods=["POST"])])


async def serve(port: int, secret: str, temporal: str) -> None:
    app = front(LiveKitKeys({KEY: secret}), await connect(temporal))
    config = uvicorn.Config(app, port=port, http="httptools", log_config=None, access_log=False, server_header=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
