"""Secrets that the embedded studio makes for itself, once."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from studio.owning import usable


def new_secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Keys:
    """Each is random; `files` signs the URLs of files."""

    database: str = field(default_factory=new_secret, repr=False)
    jwt: str = field(default_factory=new_secret, repr=False)
    livekit: str = field(default_factory=new_secret, repr=False)
    files: str = field(default_factory=new_secret, repr=False)


def keys_of(home: Path) -> Keys:
    """The keys of this home; they are made and kept, readable by us alone, when there are none yet.

    Raises Trouble where the home cannot be used.
    """
    file = home / "keys.json"
    with usable(home):
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        kept = json.loads(file.read_text()) if file.exists() else {}
        keys = Keys(**{one.name: kept[one.name] for one in fields(Keys) if one.name in kept})
        if asdict(keys) != kept:
            write_privately(file, asdict(keys))
        return keys


def write_privately(file: Path, values: Mapping[str, object]) -> None:
    """Write a JSON file whole or not at all, readable by its owner only."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(values, indent=2))
    draft.replace(file)
