"""The space that a studio needs to work."""

import shutil
from pathlib import Path

from studio.trouble import Trouble

LEAST_DISK = 300 * 2**20


def refuse_full_disk(home: Path) -> None:
    """Raise Trouble where too little is left."""
    free = shutil.disk_usage(home).free
    if free < LEAST_DISK:
        raise Trouble(
            f"Only {free // 2**20} MB are free where {home} is: free {LEAST_DISK // 2**20} MB, or move STUDIO_HOME."
        )
