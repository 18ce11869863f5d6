"""A LiveKit server of our own on the loopback, with keys of its own."""

import json
import os
import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livekit import api

from studio.children import Part, answers
from studio.ports import any_port

HOW_TO_GET_IT = (
    "livekit-server is not on the PATH: CGO_ENABLED=0 go install github.com/livekit/livekit-server/cmd/server@v1.13.5"
    " && mv $(go env GOPATH)/bin/server $(go env GOPATH)/bin/livekit-server"
)


def livekit_program() -> str | None:
    """The server's program on the PATH, or where `go install` puts programs."""
    places = [os.environ.get("GOBIN"), str(Path(os.environ.get("GOPATH", Path.home() / "go"), "bin"))]
    return shutil.which("livekit-server") or shutil.which("livekit-server", path=":".join(filter(None, places)))


@dataclass(frozen=True)
class LiveKitServer:
    """Where a server is, and the keys that it takes."""

    port: int = field(default_factory=any_port)
    rtc_port: int = field(default_factory=any_port)
    key: str = "testkey"
    secret: str = field(default_factory=secrets.token_hex)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def api(self) -> api.LiveKitAPI:
        """A client that may do everything; to be used by `async with`."""
        return api.LiveKitAPI(self.url, self.key, self.secret)

    def token(self, room: str, identity: str) -> str:
        """Lets a person into a room."""
        grants = api.VideoGrants(room_join=True, room=room)
        return api.AccessToken(self.key, self.secret).with_identity(identity).with_grants(grants).to_jwt()


def livekit_server(
    server: LiveKitServer,
    folder: Path,
    webhooks: Sequence[str] = (),
    room: Mapping[str, object] | None = None,
    older_keys: Mapping[str, str] | None = None,
) -> Part:
    """How it is run. `webhooks` are told every event; `room` overrules how rooms behave."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "livekit.json"
    rooms = {"auto_create": True, "empty_timeout": 300, "departure_timeout": 3, **(room or {})}
    hooks = {"api_key": server.key, "urls": list(webhooks), "resource_url_notifier": {"max_age": "5m"}}
    config.write_text(
        json.dumps(
            {
                "port": server.port,
                "bind_addresses": ["127.0.0.1"],
                "keys": {**(older_keys or {}), server.key: server.secret},
                "rtc": {
                    "udp_port": server.rtc_port,
                    "tcp_port": 0,
                    "use_external_ip": False,
                    "node_ip": "127.0.0.1",
                    "enable_loopback_candidate": True,
                    "ips": {"includes": ["127.0.0.1/32"]},
                    "stun_servers": ["127.0.0.1:3478"],
                },
                "room": rooms,
                "logging": {"level": "info"},
                **({"webhook": hooks} if webhooks else {}),
            }
        )
    )

    async def ready() -> bool:
        return await answers("127.0.0.1", server.port)

    return Part("livekit", [livekit_program() or "livekit-server", "--config", config], ready, stop_by=signal.SIGKILL)
