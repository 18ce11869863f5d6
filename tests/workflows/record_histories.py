"""Records a history of every way that a lesson can go: `python -m tests.workflows.record_histories`.

Run it when the workflow has changed on purpose, and keep the old files: lessons that began with them must replay.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from lessons.capture import EventKind
from lessons.errors import ClipFailed, NotMedia, StorageUnavailable
from lessons.messages import Fetched, Settled, Stage
from tests.workflows.conftest import Classroom, a_lesson, scripted_workers, skipping_server
from tests.workflows.scripted import Script
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options

FOLDER = Path(__file__).parent / "histories"
ROOT = FOLDER.parent.parent.parent
AWAY = StorageUnavailable(after=timedelta(milliseconds=20))
WAYS = {
    "whole_way": Script(),
    "nothing_recorded": Script(settled=Settled(parts=0)),
    "retried": Script(failing={"transcribe": [NotMedia()]}),
    "retried_from_fetch": Script(failing={"transcribe": [NotMedia()]}),
    "cancelled": Script(failing={"fetch": [NotMedia()]}),
    "degraded": Script(failing={"cut_clip 2": [ClipFailed()], "index": [NotMedia()], "fetch": [AWAY]}),
    "called_back": Script(fetched=Fetched(seconds=60, calls_back=True)),
    "not_called_back": Script(fetched=Fetched(seconds=60, calls_back=True), failing={"order": [NotMedia()]}),
    "not_told": Script(failing={"announce": [NotMedia()]}),
}


async def record(env: WorkflowEnvironment, name: str, script: Script) -> None:
    lesson = a_lesson()
    async with scripted_workers(env.client, script):
        handle = await env.client.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
        room = Classroom(env.client, script, lesson, handle)
        await room.tell(EventKind.ROOM_FINISHED, EventKind.EGRESS_ENDED)
        if name in ("retried", "retried_from_fetch"):
            await room.parked()
            stage = Stage.FETCH if name == "retried_from_fetch" else None
            await handle.execute_update(ProcessLessonWorkflow.retry, stage)
        elif name == "cancelled":
            await room.parked()
            await handle.cancel()
        with suppress(WorkflowFailureError):
            await handle.result()
    history = (await handle.fetch_history()).to_json()
    (FOLDER / f"{name}.json").write_text(history.replace(f"{ROOT}/", "") + "\n")


async def main() -> None:
    async with skipping_server() as env:
        for name, script in WAYS.items():
            await record(env, name, script)


if __name__ == "__main__":
    asyncio.run(main())
