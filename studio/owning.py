"""A home that a person may not use is told, with what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.trouble import Trouble


@contextmanager
def usable(home: Path) -> Iterator[None]:
    """Raise Trouble in the words of a person where the block finds that it may not use the home."""
    try:
        yield
    except OSError as error:
        raise Trouble(
            f"{home} cannot be used ({error.strerror}): set STUDIO_HOME to a folder of yours, "
            "or make this one yours again with `sudo chown -R`."
        ) from None
