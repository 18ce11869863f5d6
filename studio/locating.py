"""Where the parts of an embedded studio are, and the settings with which others find them."""

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, SecretStr

from studio.keys import Keys, keys_of
from studio.livekit import livekit_program
from studio.postgres import url_of
from studio.running import Running, find_running
from studio.settings import Inbox, Settings

Filled = TypeVar("Filled", bound=BaseModel)


def located(settings: Settings) -> Settings:
    """The settings, completed by the studio that runs in the home if there is one."""
    running = find_running(settings.home)
    return completed(settings, running, keys_of(settings.home)) if running else settings


def completed(settings: Settings, running: Running, keys: Keys) -> Settings:
    """The settings with everything filled in that the embedded parts answer for."""
    auth = settings.auth if settings.auth.jwks_url else filled(settings.auth, jwt_secret=SecretStr(keys.jwt))
    return settings.model_copy(
        update={
            "database": filled(settings.database, url=SecretStr(running.database)),
            "temporal": filled(settings.temporal, address=running.temporal, ui_url=running.temporal_ui),
            "storage": filled(settings.storage, secret_key=SecretStr(keys.files)),
            "mail": filled(settings.mail, port=port_of(running.smtp)),
            "livekit": filled(settings.livekit, url=running.livekit, api_secret=SecretStr(keys.livekit)),
            "auth": auth,
            "api": filled(settings.api, port=port_of(running.api), public_url=running.api),
        }
    )


def filled(group: Filled, **values: object) -> Filled:
    missing = {name: value for name, value in values.items() if getattr(group, name) is None}
    return group.model_copy(update=missing)


def port_of(address: str | None) -> int | None:
    return int(address.rpartition(":")[2]) if address else None


def placed(settings: Settings, ports: Mapping[str, int], keys: Keys) -> Running:
    """Where everything is; the password of a database elsewhere is not told."""
    own_temporal, inbox = settings.temporal.address is None, isinstance(settings.mail, Inbox)
    api = address(settings.api.host, ports["api"])
    return Running(
        pid=os.getpid(),
        home=str(settings.home),
        api=api,
        docs=f"{api}/docs",
        temporal=settings.temporal.address or f"127.0.0.1:{ports['temporal']}",
        temporal_ui=f"http://127.0.0.1:{ports['temporal_ui']}" if own_temporal else settings.temporal.ui_url,
        inbox=f"{api}/dev/inbox" if inbox else None,
        smtp=f"127.0.0.1:{ports['inbox']}" if inbox else None,
        database=settings.database.safe_url or url_of(ports["database"], keys.database),
        livekit=settings.livekit.url or (f"ws://127.0.0.1:{ports['livekit']}" if livekit_program() else None),
    )


def reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104


def public_url(settings: Settings) -> str:
    return settings.api.public_url or address(settings.api.host, settings.api.port or 8000)


def address(host: str, port: int) -> str:
    """Where an API that listens on this host is found; a host of IPv6 stands in brackets."""
    reached = reachable(host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
