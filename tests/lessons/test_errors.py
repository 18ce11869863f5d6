"""What an error says, and what a vendor's answer means: one table."""

import inspect
from datetime import timedelta

import pytest

from lessons import errors
from lessons.errors import (
    BadAnswer,
    BadRecording,
    LessonError,
    OperatorAction,
    PermanentError,
    ProviderUnavailable,
    QuestionRefused,
    vendor_error,
)

KINDS = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, LessonError)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(status, ProviderUnavailable) for status in (None, 408, 409, 425, 429, 500, 502, 503, 504, 524)]
    + [(status, OperatorAction) for status in (401, 402, 403, 404, 405)]
    + [(status, QuestionRefused) for status in (400, 413, 415, 422)]
    + [(200, BadAnswer), (202, BadAnswer), (302, BadAnswer)],
)
def test_a_vendors_status_decides_what_happens_to_the_lesson(status: int | None, kind: type[LessonError]) -> None:
    assert type(vendor_error("Deepgram", status)) is kind


@pytest.mark.parametrize("status", [400, 413, 415])
def test_a_question_at_fault_is_what_the_vendors_part_says_it_is(status: int) -> None:
    assert type(vendor_error("Deepgram", status, refused=BadRecording)) is BadRecording


def test_the_time_a_vendor_asks_for_is_passed_on() -> None:
    assert vendor_error("OpenAI", 429, after=timedelta(seconds=7)).after == timedelta(seconds=7)


@pytest.mark.parametrize("said", ["Incorrect API key provided: sk-abc.", "x" * 41, "", "Lucia said 'I goed'"])
def test_of_a_vendors_words_nothing_but_a_code_is_told(said: str) -> None:
    assert str(vendor_error("OpenAI", 400, said)) == str(vendor_error("OpenAI", 400))


def test_a_vendors_code_is_told() -> None:
    assert "(OpenAI, status 429, insufficient_quota)." in str(vendor_error("OpenAI", 429, "insufficient_quota"))


def test_every_code_is_its_own() -> None:
    codes = [one.code for one in KINDS if "code" in vars(one)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_says_what_happened_and_what_to_do(kind: type[LessonError]) -> None:
    assert (kind.sentence[-1], kind.remedy[-1]) == (".", ".")
    assert str(kind("detail")) == f"{kind.sentence[:-1]} (detail). {kind.remedy}"


@pytest.mark.parametrize("kind", [one for one in KINDS if not issubclass(one, PermanentError)])
def test_what_is_tried_again_may_have_a_bound(kind: type[LessonError]) -> None:
    assert kind.tries is None or kind.tries > 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_error_promises_a_try_that_a_lesson_which_has_failed_does_not_get(kind: type[LessonError]) -> None:
    assert "by itself" not in kind.remedy
