"""A child for the tests: does as it is asked."""

import os
import signal
import sys
import time
from typing import Any

from lessons.errors import NotMedia
from providers.children import Say, answering


def behave(question: dict[str, Any], say: Say) -> Any:
    match question["do"]:
        case "answer":
            sys.stdout.write("a library chatters\n")
            say({"half": 0.5})
            return question["value"]
        case "refuse":
            raise NotMedia("it is a poem")
        case "stumble":
            raise ValueError(question["secret"])
        case "fill the disk":
            raise OSError(28, "No space left on device")
        case "vanish":
            os.kill(os.getpid(), signal.SIGKILL)
        case "linger":
            say(os.getpid())
            time.sleep(60)
        case "film, and hang":
            say(True)
            time.sleep(60)
    return None


if __name__ == "__main__":
    answering(behave)
