import io
import json
import logging

from studio.logs import JsonLines


def test_an_error_is_logged_by_its_type_and_place_without_what_it_says() -> None:
    lines = io.StringIO()
    log, output = logging.Logger("studio.test"), logging.StreamHandler(lines)
    output.setFormatter(JsonLines())
    log.addHandler(output)
    try:
        raise ValueError("I have 25 years, said the student")
    except ValueError:
        log.exception("A step failed.")
    line = json.loads(lines.getvalue())
    assert (line["level"], line["from"], line["event"], line["error"]) == (
        "error",
        "studio.test",
        "A step failed.",
        "ValueError",
    )
    assert line["where"].rpartition(":")[0] == __file__
    assert "25 years" not in lines.getvalue()
