"""The home of a demo, which begins empty: nobody else's folder is emptied."""

import shutil
from pathlib import Path

from studio.running import LOCK, held
from studio.trouble import Trouble

MARK = "made-by-studio-demo"


def empty(home: Path) -> None:
    """Make the folder, or remove what an earlier demo left in it.

    Raises Trouble where a studio runs there, or where no demo made the folder.
    """
    refuse_foreign(home)
    with held(home):
        (home / MARK).touch()
        for left in [one for one in home.iterdir() if one.name not in (MARK, LOCK)]:
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()


def refuse_foreign(home: Path) -> None:
    if home.is_dir() and any(home.iterdir()) and not (home / MARK).exists():
        raise Trouble(
            f"The demo begins in an empty folder, and {home} holds what no demo made: "
            "set STUDIO_HOME to a folder that does not exist yet."
        )
