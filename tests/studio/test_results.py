"""What `studio show` says of a lesson."""

import json
from typing import Any

import pytest
from rich.text import Text

from studio.following import Lines
from studio.results import cost_line, print_results

FAILURE = {"code": "no_audio", "sentence": "The recording has no sound.", "stage": "fetch"}


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of forty columns."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")


def results_with(summary: str | None = None, **lesson: Any) -> dict[str, Any]:
    of_it = {"id": "1", "status": "completed", "degraded": []} | dict.fromkeys(("nothing", "error", "cost"))
    empty: dict[str, Any] = {"transcript": {}, "mistakes": [], "drills": [], "clips": [], "roadmap": {"nodes": []}}
    return empty | {"lesson": of_it | lesson, "summary": summary}


def test_requests_that_were_cut_are_told_apart_from_those_that_failed() -> None:
    counts = {"requests": 7, "answers": 4, "failures": 1, "cut": 2}
    line = cost_line({"provider": "openai", "operation": "mistakes", "model": "gpt-4o", "usd": 0.0123} | counts)
    told = Text.from_markup(str(line)).plain
    assert told == "  $0.0123   openai gpt-4o  mistakes, 7 requests: 4 answered, 1 failed, 2 cut"


def test_a_summary_is_printed_whole_at_a_narrow_terminal(narrow: None, capsys: pytest.CaptureFixture[str]) -> None:
    summary = " ".join(f"word{number}" for number in range(30))
    print_results(results_with(summary))
    assert summary in Text.from_ansi(capsys.readouterr().out).plain


@pytest.mark.parametrize("lesson", [{"status": "failed", "error": FAILURE}, {"degraded": [FAILURE]}])
def test_a_failure_is_shown_with_its_code(lesson: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    print_results(results_with(**lesson))
    assert "no_audio: The recording has no sound." in capsys.readouterr().out


def test_without_a_terminal_a_stage_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    stages = [
        {"stage": "capture", "status": "done", "error": None},
        {"stage": "fetch", "status": "failed", "error": FAILURE},
    ]
    Lines().draw(json.loads(json.dumps({"stages": stages})))
    assert [line.split() for line in capsys.readouterr().err.splitlines()] == [
        ["capture", "done"],
        ["fetch", "failed", "no_audio:", "The", "recording", "has", "no", "sound."],
    ]
