"""What an error quotes stays on the worker: not in the history, not in the logs."""

import logging
from dataclasses import replace

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from lessons.capture import EventKind
from lessons.errors import NotMedia
from tests.workflows.conftest import Teach, a_lesson, an_event, scripted_workers
from tests.workflows.scripted import Script
from workers.sealing import Sealing
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options

PLANTED = "sk-planted-secret and what she said"


def quoting() -> Exception:
    """An error whose text, cause and context all quote the secret."""
    try:
        try:
            raise KeyError(PLANTED)
        except KeyError as inner:
            raise ValueError(PLANTED) from inner
    except ValueError as error:
        return error


def caused() -> Exception:
    try:
        raise NotMedia from quoting()
    except NotMedia as error:
        return error


@pytest.mark.parametrize("error", [quoting, caused])
async def test_an_error_that_quotes_a_secret_is_told_without_it(
    teach: Teach, caplog: pytest.LogCaptureFixture, error: object
) -> None:
    caplog.set_level(logging.DEBUG)
    made = quoting if error is quoting else caused
    room = await teach(Script(failing={"extract": [made() for _ in range(6)]}), EventKind.IMPORT)
    report = await room.handle.result()
    history = await room.handle.fetch_history()
    assert len(report.degraded) == 1
    assert report.degraded[0].code == ("ValueError" if error is quoting else "not_media")
    assert all(PLANTED not in MessageToJson(event, ensure_ascii=False) for event in history.events)
    assert PLANTED not in caplog.text


async def test_with_a_payload_key_the_history_shows_no_id_of_a_lesson(skipping: WorkflowEnvironment) -> None:
    config = skipping.client.config()
    config["data_converter"] = replace(config["data_converter"], payload_codec=Sealing(b"k" * 32))
    client, lesson = Client(**config), a_lesson()
    async with scripted_workers(client, Script()):
        handle = await client.start_workflow(
            ProcessLessonWorkflow.run,
            lesson,
            **start_options(lesson, "studio"),
            start_signal="room_event",
            start_signal_args=[an_event(lesson, EventKind.IMPORT)],
        )
        assert (await handle.result()).nothing is None
    history = await skipping.client.get_workflow_handle(handle.id).fetch_history()
    kept = b"".join(event.SerializeToString() for event in history.events)
    assert lesson.lesson_id.encode() not in kept
    assert b"binary/encrypted" in kept
