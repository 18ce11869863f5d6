"""Whole studios, run by the command itself."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from lessons.capture import lesson_id_of
from studio.client import StudioClient, client_of
from studio.configuration import read_settings
from studio.following import until_over
from studio.keys import keys_of
from studio.livekit_events import Sender, egress_ended, room_finished
from studio.locating import located
from studio.running import Running

ROOT = Path(__file__).parent.parent.parent
HELD = """
    INSERT INTO bookings (id, tutor_id, student_id, scheduled_at, duration_minutes, timezone, status)
    VALUES (gen_random_uuid(), $1, $2, now() - interval '2 hours', 60, 'UTC', 'completed') RETURNING id::text
"""
"""A lesson of a tutor and her student that is over."""


@dataclass
class Studio:
    """A studio that runs, its home, and how LiveKit would speak to it."""

    running: Running
    home: Path
    client: StudioClient
    sender: Sender
    process: asyncio.subprocess.Process

    @property
    def recordings(self) -> Path:
        return self.home / "files" / "recordings"

    async def post(self, event: dict[str, Any], headers: dict[str, str] | None = None) -> int:
        """Post a webhook, signed unless headers are given; return the status of the answer."""
        body = json.dumps(event).encode()
        signed = self.sender.headers_for(body) if headers is None else headers
        async with httpx2.AsyncClient(base_url=self.running.api) as http:
            return (await http.post("/api/webhooks/livekit", content=body, headers=signed)).status_code

    async def rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.running.database)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def keep(self, booking: str, recording: Path) -> str:
        """Put a recording where LiveKit's egress would; return its key."""
        key = f"lessons/{booking}/RM_1/{recording.name}"
        place = self.recordings / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(recording.read_bytes())
        return key

    async def end_lesson(self, booking: str, recording: Path) -> str:
        """A lesson ends and its recording lies in storage; return the lesson's id."""
        key = await self.keep(booking, recording)
        size = recording.stat().st_size
        assert await self.post(egress_ended(booking, key, size, seconds=60)) == 200
        assert await self.post(room_finished(booking)) == 200
        return lesson_id_of(booking)

    async def over(self, lesson_id: str) -> dict[str, Any]:
        """Wait until a lesson is over, also if it has not begun."""
        while not (await self.client.http.get(f"/api/lessons/{lesson_id}")).is_success:
            await asyncio.sleep(0.05)
        return await until_over(self.client, lesson_id, show=False)

    async def imported(self, **wish: object) -> dict[str, Any]:
        """Import a lesson and wait until it is over."""
        accepted = await self.client.post("/api/lessons", wish)
        return await self.over(accepted["lesson_id"])


@asynccontextmanager
async def studio_in(home: Path, **settings: str) -> AsyncIterator[Studio]:
    """A studio that runs in this home until the block is left."""
    environment = {**os.environ, "STUDIO_HOME": str(home), **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "studio", "up", "--json", cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        running = Running(**json.loads(await process.stdout.readline()))
        settings_here = located(read_settings(Path("none.env"), home=home))
        async with client_of(settings_here, running.api) as client:
            yield Studio(running, home, client, Sender("devkey", keys_of(home).livekit), process)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
