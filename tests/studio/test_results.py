"""What `studio show` says of a lesson."""

from rich.text import Text

from studio.results import cost_line


def test_requests_that_were_cut_are_told_apart_from_those_that_failed() -> None:
    counts = {"requests": 7, "answers": 4, "failures": 1, "cut": 2}
    line = cost_line({"provider": "openai", "operation": "mistakes", "model": "gpt-4o", "usd": 0.0123} | counts)
    told = Text.from_markup(str(line)).plain
    assert told == "  $0.0123   openai gpt-4o  mistakes, 7 requests: 4 answered, 1 failed, 2 cut"
