"""The Temporal server of an embedded studio."""

import asyncio
import sys
from pathlib import Path

from studio.children import Part, answers

SEARCH_ATTRIBUTES = ("BookingId", "TutorId", "StudentId", "LessonStage", "LessonStatus", "ErrorCode")
KEPT_FOR = "720h"


def temporal_program() -> Path:
    return Path(sys.executable).parent / "temporal"


def temporal_server(data: Path, port: int, ui_port: int) -> Part:
    """A server with its Web UI whose lessons outlive a restart; closed ones are kept for 30 days."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = [
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--ui-port={ui_port}",
        "--ui-disable-news-fetch",
        f"--db-filename={data / 'temporal.db'}",
        "--sqlite-pragma=journal_mode=wal",
        "--sqlite-pragma=synchronous=normal",
        "--dynamic-config-value=matching.enableFairness=true",
        "--log-level=error",
        *(f"--search-attribute={name}=Keyword" for name in SEARCH_ATTRIBUTES),
    ]

    async def ready() -> bool:
        return await answers("127.0.0.1", port) and await set_retention(f"127.0.0.1:{port}")

    return Part("temporal", [temporal_program(), "server", "start-dev", *options], ready)


async def set_retention(address: str) -> bool:
    """Let the server keep closed lessons; false while it does not answer."""
    asked = await asyncio.create_subprocess_exec(
        *(temporal_program(), "operator", "namespace", "update", "--namespace=default", f"--retention={KEPT_FOR}"),
        *(f"--address={address}", "--disable-config-file", "--disable-config-env"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await asked.wait() == 0
