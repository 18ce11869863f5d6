import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from pydantic_core import to_json

from lessons.capture import lesson_id_of
from studio.client import client_of, files_of
from studio.configuration import read_settings
from studio.embedded import whole_studio
from studio.emptying import empty
from studio.following import until_over
from studio.livekit_events import Sender, egress_ended, room_finished, sender_of
from studio.locating import located
from studio.results import print_results, results_of
from studio.seed import DEMO_BOOKING
from studio.settings import Settings
from studio.signals import run_until_stopped
from studio.telling import tell
from studio.trouble import Trouble
from studio.wiring import bucket

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "lesson.mp4"
HOME = Path(".studio/demo")
ROOM_OPEN = 110
TRIES = 300
Say = Callable[[str], None]
WHERE = """
Where it all lies: {home}
Look at it again:  STUDIO_HOME={home} make up
                   then open the API's documentation, the Temporal Web UI and the mail inbox that it names,
                   or list and show lessons: STUDIO_HOME={home} .venv/bin/studio lessons
"""


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Bring a studio up in a folder that is emptied for it, and watch a recorded lesson go the whole way.

    The folder is STUDIO_HOME, or .studio/demo; only one that an earlier demo made is emptied.
    """
    run_until_stopped(show_lesson(at_home(read_settings()), as_json))


def at_home(settings: Settings) -> Settings:
    """The settings with a home for the demo where none is named: the usual one keeps people's lessons."""
    named = "home" in settings.model_fields_set
    return settings if named else settings.model_copy(update={"home": HOME.absolute()})


async def show_lesson(settings: Settings, as_json: bool) -> None:
    empty(settings.home)
    say, begun = tell if as_json else print_line, time.monotonic()
    async with whole_studio(settings, tell) as running:
        say(f"The studio is ready after {time.monotonic() - begun:.1f} s: {running.docs}")
        complete, lesson_id = located(settings), lesson_id_of(DEMO_BOOKING)
        await end_lesson(complete, running.api, sender_of(complete.livekit), say)
        async with client_of(complete, running.api) as client:
            await until_known(client.http, lesson_id)
            over = await until_over(client, lesson_id, show=not as_json)
            results = await results_of(client, lesson_id, files_of(running))
    if as_json:
        sys.stdout.buffer.write(to_json(results) + b"\n")
    else:
        print_results(results)
    if over["status"] != "completed":
        raise Trouble(f"The lesson is {over['status']}; the logs are in {settings.home / 'logs'}.")
    say(f"Done after {time.monotonic() - begun:.0f} s.{WHERE.format(home=shown(settings.home))}")


def shown(home: Path) -> Path:
    return home.relative_to(Path.cwd()) if home.is_relative_to(Path.cwd()) else home


def print_line(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


async def end_lesson(settings: Settings, api: str, livekit: Sender, say: Say) -> None:
    """What happens when a lesson ends: the recording lies in storage, and LiveKit tells so.

    Raises Trouble where the API does not take an event.
    """
    key = f"lessons/{DEMO_BOOKING}/RM_demo/lesson.mp4"
    await bucket(settings, "recordings").put(key, SAMPLE, "video/mp4")
    async with httpx2.AsyncClient(base_url=api) as http:
        for event in (
            room_finished(DEMO_BOOKING),
            egress_ended(DEMO_BOOKING, key, SAMPLE.stat().st_size, ROOM_OPEN),
        ):
            status = await livekit.post(http, event)
            say(f"LiveKit's {event['event']} is signed and posted: {status}")
            if status != httpx2.codes.OK:
                raise Trouble(f"The API refused it; its log is {settings.home / 'logs' / 'api.log'}.")


async def until_known(http: httpx2.AsyncClient, lesson_id: str) -> None:
    """Wait for the relay, which makes the lesson known within moments; raises Trouble if it does not."""
    for _ in range(TRIES):
        if (await http.get(f"/api/lessons/{lesson_id}")).is_success:
            return
        await asyncio.sleep(0.1)
    raise Trouble("The events were taken, but no lesson began: run `studio doctor`.")
