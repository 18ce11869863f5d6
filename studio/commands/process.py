import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from studio.client import StudioClient, client_of, files_of, running_client
from studio.configuration import read_settings
from studio.embedded import whole_studio
from studio.following import until_over
from studio.locating import located
from studio.results import print_results, results_of
from studio.running import find_running
from studio.seed import STUDENT
from studio.settings import Settings
from studio.signals import run_until_stopped
from studio.telling import tell
from studio.trouble import Trouble


class Channel(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    MIXED = "mixed"


CHANNELS = {Channel.LEFT: 0, Channel.RIGHT: 1, Channel.MIXED: None}


def process(
    file: Annotated[Path | None, typer.Argument(help="A recording: MP4, WebM, Ogg, MP3, M4A or WAV.")] = None,
    student_channel: Annotated[
        Channel, typer.Option(help="Where the student is heard; `mixed` where both share a channel.")
    ] = Channel.RIGHT,
    transcript: Annotated[
        Path | None, typer.Option(help="A Deepgram answer to use instead of listening; FILE may then be left out.")
    ] = None,
    target_language: Annotated[str, typer.Option(help="The language that is learnt.")] = "en",
    native_language: Annotated[str, typer.Option(help="The student's own language.")] = "es",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Process a recorded lesson and print what it gave."""
    given = {"recording": file, "transcript": transcript}
    files = {name: path for name, path in given.items() if path is not None}
    refuse_unreadable(files)
    wish = {
        "student_id": STUDENT,
        "student_channel": CHANNELS[student_channel],
        "target_language": target_language,
        "native_language": native_language,
    }
    run_until_stopped(show_processed(files, wish, as_json))


def refuse_unreadable(files: dict[str, Path]) -> None:
    if not files:
        raise Trouble("Nothing to process: name a recording, or a transcript with --transcript.")
    for file in files.values():
        if not os.access(file, os.R_OK) or not file.is_file():
            raise Trouble(f"There is no file {file} that you may read.")


async def show_processed(files: dict[str, Path], wish: dict[str, Any], as_json: bool) -> None:
    async with some_studio(read_settings()) as (client, kept):
        keys = {name: await client.upload(path) for name, path in files.items()}
        accepted = await client.post("/api/lessons", wish | keys)
        over = await until_over(client, accepted["lesson_id"], show=not as_json)
        results = await results_of(client, accepted["lesson_id"], kept)
    if as_json:
        sys.stdout.buffer.write(to_json(results) + b"\n")
    else:
        print_results(results)
    if over["status"] != "completed":
        raise typer.Exit(1)


@asynccontextmanager
async def some_studio(settings: Settings) -> AsyncIterator[tuple[StudioClient, Path | None]]:
    """The running studio, or one that runs as long as it is needed, and where it keeps files."""
    running = find_running(settings.home)
    if running or settings.api.public_url:
        async with running_client(settings) as client:
            yield client, files_of(running) if running else None
        return
    async with whole_studio(settings, tell) as own, client_of(located(settings), own.api) as client:
        yield client, files_of(own)
