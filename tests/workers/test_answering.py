"""How errors are told to Temporal."""

import errno
from datetime import timedelta

import pytest

from lessons import errors
from workers.answering import as_told, unforeseen

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
