"""How errors are told to Temporal."""

import errno
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from lessons import errors
from lessons.messages import Stage
from tests.workflows.conftest import a_lesson, scripted_workers
from tests.workflows.scripted import Script
from workers.answering import as_told, met_before, unforeseen
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options

SOON = timedelta(milliseconds=1)
BAD, AWAY, MISSING = errors.BadAnswer("", SOON), errors.ProviderUnavailable("", SOON), errors.RecordingMissing("", SOON)
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.LessonError)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_type_of_an_error_decides_its_code_and_whether_it_is_retried(kind: type[errors.LessonError]) -> None:
    told = as_told(kind(after=timedelta(seconds=7)))
    assert told.type == kind.code
    assert told.non_retryable is issubclass(kind, errors.PermanentError)
    assert told.next_retry_delay == timedelta(seconds=7)
    assert kind.remedy in told.message


def test_an_error_that_is_worth_few_tries_is_not_tried_more_often() -> None:
    assert [as_told(errors.BadAnswer(), attempt).non_retryable for attempt in (1, 2, 3)] == [False, True, True]
    late = [as_told(errors.RecordingMissing(), attempt) for attempt in range(1, 6)]
    assert [one.non_retryable for one in late] == [False, False, False, False, True]
    assert sum((one.next_retry_delay or timedelta() for one in late[:-1]), timedelta()) >= timedelta(seconds=30)


def test_a_full_disk_is_told_as_such_without_the_file_it_met() -> None:
    told = unforeseen(OSError(errno.ENOSPC, "No space left on device", "private/place"))
    assert told.type == "no_disk_space"
    assert "private" not in told.message


@pytest.mark.parametrize("error", [ConnectionRefusedError("at 10.0.0.1"), DBAPIError(None, None, Exception("hunter2"))])
def test_a_database_that_is_away_is_told_as_such(error: Exception) -> None:
    told = unforeseen(error)
    assert (told.type, told.non_retryable) == ("database_unavailable", False)
    assert told.message == str(errors.DatabaseUnavailable())


@pytest.mark.parametrize(
    ("met", "asked", "failed_with"),
    [
        ([BAD], 2, None),
        ([AWAY, BAD], 3, None),
        ([BAD, AWAY], 3, None),
        ([AWAY, AWAY, AWAY, BAD], 5, None),
        ([BAD, BAD], 2, "bad_answer"),
        ([BAD, AWAY, BAD], 3, "bad_answer"),
        ([AWAY, MISSING, MISSING, MISSING, AWAY], 6, None),
    ],
)
async def test_only_tries_that_end_with_the_same_error_are_counted(
    temporal_server: str, met: Sequence[Exception], asked: int, failed_with: str | None
) -> None:
    client = await Client.connect(temporal_server, data_converter=pydantic_data_converter)
    script, lesson = Script(failing={"extract": [*met]}), a_lesson(Stage.EXTRACT)
    async with scripted_workers(client, script):
        handle = await client.start_workflow(ProcessLessonWorkflow.run, lesson, **start_options(lesson, "studio"))
        degraded = (await handle.result()).degraded
    assert script.asked["extract"] == asked
    assert [one.code for one in degraded] == ([failed_with] if failed_with else [])


def test_heartbeats_of_another_version_tell_of_nothing() -> None:
    assert [met_before([]), met_before([0.5]), met_before([["bad_answer"], 0.5])] == [[], [], ["bad_answer"]]
