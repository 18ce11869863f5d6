"""What an error quotes stays on the worker: not in the history, not in the logs."""

import logging

import pytest
from google.protobuf.json_format import MessageToJson

from lessons.capture import EventKind
from lessons.errors import NotMedia
from tests.workflows.conftest import Teach
from tests.workflows.scripted import Script

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
