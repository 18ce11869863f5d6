"""The roadmap: what a student works on next."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Node:
    """One topic; shaped as the existing app's `nodes` entries."""

    id: str
    topic: str
    status: Literal["locked", "active", "completed"]
