import asyncio
import base64
import hashlib
import json
import shutil
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import OctKey

from lessons.capture import lesson_id_of
from studio.client import client_of, files_of
from studio.commands.up import tell
from studio.configuration import read_settings
from studio.embedded import whole_studio
from studio.following import until_over
from studio.keys import keys_of
from studio.locating import located
from studio.results import print_results, results_of
from studio.running import held
from studio.seed import DEMO_BOOKING
from studio.settings import Settings
from studio.signals import run_until_stopped
from studio.trouble import Trouble
from studio.wiring import bucket

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "lesson.mp4"
ROOM_OPEN = 110
TRIES = 300
WHERE = """
Where it all lies: {home}
Look at it again:  STUDIO_HOME={home} make up
                   then open the API's documentation, the Temporal Web UI and the mail inbox that it names,
                   or list and show lessons: STUDIO_HOME={home} .venv/bin/studio lessons
"""


def demo() -> None:
    """Bring a studio up in an emptied STUDIO_HOME and watch a recorded lesson go the whole way."""
    run_until_stopped(show_lesson(read_settings()))


async def show_lesson(settings: Settings) -> None:
    empty(settings.home)
    begun = time.monotonic()
    async with whole_studio(settings, tell) as running:
        say(f"The studio is ready after {time.monotonic() - begun:.1f} s: {running.api}")
        complete, lesson_id = located(settings), lesson_id_of(DEMO_BOOKING)
        await end_lesson(complete, running.api, Sender(settings.livekit.api_key, keys_of(settings.home).livekit))
        async with client_of(complete, running.api) as client:
            await until_known(client.http, lesson_id)
            over = await until_over(client, lesson_id, show=True)
            print_results(await results_of(client, lesson_id, files_of(running)))
    if over["status"] != "completed":
        raise Trouble(f"The lesson is {over['status']}; the logs are in {settings.home / 'logs'}.")
    say(f"Done after {time.monotonic() - begun:.0f} s.{WHERE.format(home=shown(settings.home))}")


def empty(home: Path) -> None:
    """Remove what an earlier demo left; a home in which a studio runs is not touched."""
    if home.exists():
        with held(home):
            shutil.rmtree(home)


def shown(home: Path) -> Path:
    return home.relative_to(Path.cwd()) if home.is_relative_to(Path.cwd()) else home


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Sender:
    """Signs events as a LiveKit server does (https://docs.livekit.io/home/server/webhooks/)."""

    key: str
    secret: str = field(repr=False)

    def headers_for(self, body: bytes) -> dict[str, str]:
        now = int(time.time())
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        claims = {"iss": self.key, "nbf": now, "iat": now, "exp": now + 300, "sha256": digest}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))
        return {"authorization": token, "content-type": "application/webhook+json"}


async def end_lesson(settings: Settings, api: str, livekit: Sender) -> None:
    """What happens when a lesson ends: the recording lies in storage, and LiveKit tells so."""
    key = f"lessons/{DEMO_BOOKING}/RM_demo/lesson.mp4"
    await bucket(settings, "recordings").put(key, SAMPLE, "video/mp4")
    async with httpx2.AsyncClient(base_url=api) as http:
        for event in (
            room_finished(DEMO_BOOKING),
            egress_ended(DEMO_BOOKING, key, SAMPLE.stat().st_size, ROOM_OPEN),
        ):
            body = json.dumps(event).encode()
            headers = livekit.headers_for(body)
            answer = await http.post("/api/webhooks/livekit", content=body, headers=headers)
            say(f"LiveKit's {event['event']} is signed and posted: {answer.status_code}")


def room_finished(booking: str) -> dict[str, Any]:
    """As LiveKit tells that the last person has left a room."""
    room = {"sid": "RM_demo", "name": booking}
    return {"event": "room_finished", "id": new_id(), "room": room, "createdAt": str(int(time.time()))}


def egress_ended(booking: str, key: str, size: int, seconds: int) -> dict[str, Any]:
    """As LiveKit's egress tells of a finished file: 64-bit numbers as text, times in nanoseconds."""
    ended = time.time_ns()
    began = ended - seconds * 10**9
    times = {"startedAt": str(began), "endedAt": str(ended)}
    info = {
        "egressId": f"EG_{uuid.uuid4().hex[:12]}",
        "roomId": "RM_demo",
        "roomName": booking,
        "status": "EGRESS_COMPLETE",
        **times,
        "fileResults": [{"filename": key, "size": str(size), "duration": str(ended - began), **times}],
    }
    return {"event": "egress_ended", "id": new_id(), "egressInfo": info, "createdAt": str(ended // 10**9)}


def new_id() -> str:
    return f"EV_{uuid.uuid4().hex[:12]}"


async def until_known(http: httpx2.AsyncClient, lesson_id: str) -> None:
    """Wait for the relay, which makes the lesson known within moments; raises Trouble if it does not."""
    for _ in range(TRIES):
        if (await http.get(f"/api/lessons/{lesson_id}")).is_success:
            return
        await asyncio.sleep(0.1)
    raise Trouble("The events were taken, but no lesson began: run `studio doctor`.")
