"""Reads the settings, and tells everything that is wrong with them at once."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from lessons.calls import Price
from studio.reaching import unreached
from studio.settings import Deepgram, Inbox, Settings
from studio.trouble import Trouble

PREFIX = "STUDIO_"
SECRETS_DIR = "STUDIO_SECRETS_DIR"
FOR_TESTS = "STUDIO_TEST_"


def read_settings(env_file: Path = Path(".env"), **chosen: Any) -> Settings:
    """The settings of the environment, then of `.env`, then of the files in STUDIO_SECRETS_DIR.

    Raises Trouble with a sentence for every problem; a value is never told.
    """
    named = {**dotenv_values(env_file), **os.environ}
    secrets = named.get(SECRETS_DIR) or None
    if secrets and not Path(secrets).is_dir():
        raise Trouble(f"{SECRETS_DIR} names no folder: correct it or leave it out.")
    files = [file.name for file in Path(secrets).iterdir()] if secrets else []
    problems = list(misnamed([*named, *files]))
    sources: dict[str, Any] = {"_env_file": env_file, "_secrets_dir": secrets}
    try:
        settings = Settings(**sources, **chosen)
        problems += unreached(settings)
    except ValidationError as error:
        problems += dict.fromkeys(told(error.errors()))
    except SettingsError:
        problems = problems or [f"The files in {SECRETS_DIR} cannot be read: keep one small file per setting there."]
    if problems:
        raise Trouble("\n".join(problems))
    return settings


def required(settings: Settings) -> None:
    """Raise Trouble with all that an API or a worker needs and that only `studio up` would find by itself."""
    missing = {
        "STUDIO_DATABASE__URL": settings.database.url,
        "STUDIO_TEMPORAL__ADDRESS": settings.temporal.address,
        "STUDIO_AUTH__JWT_SECRET (or STUDIO_AUTH__JWKS_URL)": settings.auth.jwt_secret or settings.auth.jwks_url,
        "STUDIO_LIVEKIT__API_SECRET": settings.livekit.api_secret,
        "STUDIO_STORAGE__SECRET_KEY": settings.storage.secret_key,
        "STUDIO_MAIL__PROVIDER=smtp": settings.mail.port if isinstance(settings.mail, Inbox) else True,
        "STUDIO_API__PUBLIC_URL": settings.api.public_url or not is_called_back(settings),
    }
    lines = [
        f"{name} is missing: set it, or let `studio up` run everything." for name, value in missing.items() if not value
    ]
    if lines:
        raise Trouble("\n".join(lines))


def is_called_back(settings: Settings) -> bool:
    return isinstance(settings.speech, Deepgram) and settings.speech.delivery == "callback"


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables from which another process reads the same settings."""
    return {name: value for name, value in values(settings, PREFIX) if value}


def values(group: BaseModel, prefix: str) -> Iterator[tuple[str, str]]:
    for field, value in group:
        name = prefix + field.upper()
        if isinstance(value, BaseModel):
            yield from values(value, f"{name}__")
        elif isinstance(value, dict):
            yield name, json.dumps({key: plain(one) for key, one in value.items()})
        elif isinstance(value, SecretStr):
            yield name, value.get_secret_value()
        elif value is not None:
            yield name, str(value)


def plain(value: SecretStr | Price) -> str | dict[str, float | None]:
    return value.get_secret_value() if isinstance(value, SecretStr) else asdict(value)


def names(group: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[str]:
    """Every name a setting can have."""
    for field, info in group.model_fields.items():
        below = [one for one in (info.annotation, *get_args(info.annotation)) if is_group(one)]
        yield from (name for one in below for name in names(one, f"{prefix}{field.upper()}__"))
        if not below:
            yield prefix + field.upper()


def is_group(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def misnamed(given: Iterable[str]) -> Iterator[str]:
    known = {*names(), SECRETS_DIR}
    ours = {name.upper() for name in given if name.upper().startswith(PREFIX)}
    for name in sorted(one for one in ours - known if not one.startswith(FOR_TESTS)):
        near = get_close_matches(name, known, n=1)
        yield f"{name} is not a setting: " + (f"did you mean {near[0]}?" if near else "remove it.")


def told(errors: Iterable[ErrorDetails]) -> Iterator[str]:
    """A sentence per error, except for names that are unknown anyway."""
    known = set(names())
    for error in errors:
        name, kind = variable(error["loc"]), error["type"]
        if kind == "union_tag_invalid":
            name += "__PROVIDER"
        said = error["msg"].removeprefix("Input ").removeprefix("Field ").rstrip(".")
        if kind == "missing":
            yield f"{name} is missing: set it."
        elif kind == "union_tag_invalid":
            yield f"{name} should be one of {error['ctx']['expected_tags']}."
        elif kind == "extra_forbidden" and name in known:
            yield f"{name} belongs to another provider: remove it, or name that provider."
        elif kind != "extra_forbidden":
            yield f"{name} {said}."


def variable(place: tuple[int | str, ...]) -> str:
    """The variable a value came from; a union's tag and what lies inside of a value are left out."""
    group, *rest = (str(one) for one in place)
    if rest and Settings.model_fields[group].discriminator:
        rest.pop(0)
    name = f"{PREFIX}{group.upper()}"
    return name if name in names() else "__".join([name, *rest[:1]]).upper()
