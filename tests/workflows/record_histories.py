"""Records a history of every way that a lesson can go: `python -m tests.workflows.record_histories [NAME ...]`.

Run it when the workflow has changed on purpose, and keep the old files: lessons that began with them must replay.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from temporalio.client import WorkflowContinuedAsNewError, WorkflowFailureError, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from lessons.capture import EventKind
from lessons.errors import ClipFailed, ConsentWithdrawn, NotMedia, OperatorAction, StorageUnavailable
from lessons.messages import Fetched, Nothing, Settled, Stage
from tests.workflows.conftest import Classroom, a_lesson, a_session, entered, scripted_workers, skipping_server
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
    "recorded_late": Script(late=Counter(complete=1, announce=2)),
    "waited_for": Script(unfinished=2, settled=Settled(parts=1, seconds=60, truncated=True)),
    "recorded_while_told": Script(slow="announce", late=Counter(look_again=1)),
    "woken": Script(failing={"fetch": [NotMedia()]}),
    "parked_branch": Script(failing={"index": [OperatorAction()]}),
    "flawed_moments": Script(flaws=("refused",)),
    "no_consent": Script(settled=Settled(parts=0, nothing=Nothing.NO_CONSENT)),
    "no_ai_consent": Script(fetched=Fetched(seconds=60, may_analyse=False)),
    "consent_withdrawn": Script(failing={"transcribe": [ConsentWithdrawn()]}),
}
ROOMS = {
    "room_watched": Script(),
    "room_not_watched": Script(failing={"watch": [OperatorAction()], "deliver": [AWAY]}),
}


async def record(env: WorkflowEnvironment, name: str, script: Script) -> None:
    lesson = a_lesson(now=await env.get_current_time())
    async with scripted_workers(env.client, script):
        handle = await env.client.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
        room = Classroom(env.client, script, lesson, handle)
        await room.tell(EventKind.ROOM_FINISHED, EventKind.EGRESS_ENDED)
        if name in ("retried", "retried_from_fetch", "parked_branch"):
            await room.parked()
            stage = Stage.FETCH if name == "retried_from_fetch" else None
            await handle.execute_update(ProcessLessonWorkflow.retry, stage)
        elif name == "recorded_while_told":
            await script.begun.wait()
            await room.tell(EventKind.EGRESS_ENDED)
        elif name == "woken":
            await room.parked()
            await room.tell(EventKind.IMPORT)
        elif name == "cancelled":
            await room.parked()
            await handle.cancel()
        with suppress(WorkflowFailureError):
            await handle.result()
    keep(name, await handle.fetch_history())


async def record_room(env: WorkflowEnvironment, name: str, script: Script) -> None:
    script.watched.set()
    async with scripted_workers(env.client, script):
        handle = await entered(env.client, a_session())
        with suppress(WorkflowContinuedAsNewError):
            await handle.result(follow_runs=False)
    keep(name, await handle.fetch_history())


def keep(name: str, history: WorkflowHistory) -> None:
    (FOLDER / f"{name}.json").write_text(history.to_json().replace(f"{ROOT}/", "") + "\n")


async def main(names: Sequence[str]) -> None:
    """Record these ways, or all."""
    async with skipping_server() as env:
        for name, script in WAYS.items():
            if not names or name in names:
                await record(env, name, script)
        for name, script in ROOMS.items():
            if not names or name in names:
                await record_room(env, name, script)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
