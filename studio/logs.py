"""One line of JSON per event on stderr; what an error says is left out, it may quote a person or a key."""

import json
import logging
import sys
from datetime import UTC, datetime
from types import TracebackType


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"error": record.exc_info[0].__name__, "where": where(record.exc_info[2])}
        return json.dumps(line)


def where(traceback: TracebackType | None) -> str:
    """The innermost place of a traceback, as file and line."""
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""


def log_json() -> None:
    """Log our own events from INFO on, those of libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("studio").setLevel(logging.INFO)
