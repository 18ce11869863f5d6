"""The LiveKit server of an embedded studio, where its program is installed: one node, on the loopback."""

import shutil
import signal
from pathlib import Path

from studio.children import Part, answers
from studio.keys import write_privately

PROGRAM = "livekit-server"
HOW_TO_GET_ONE = (
    "there is no classroom: set STUDIO_LIVEKIT__URL, or put livekit-server on the PATH, which "
    "`go install github.com/livekit/livekit-server/cmd/server@v1.13.5` makes under the name of server"
)


def livekit_program() -> str | None:
    return shutil.which(PROGRAM)


def livekit_server(folder: Path, port: int, media_port: int, keys: dict[str, str], signed_by: str, told: str) -> Part:
    """A server that tells everything to the address `told`, signed by one of its keys.

    Asked to stop, it would wait ten seconds and more; it keeps nothing that a kill could harm.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = folder / "livekit.json"

    async def prepare() -> None:
        write_privately(config, configuration(port, media_port, keys, signed_by, told))

    async def ready() -> bool:
        return await answers("127.0.0.1", port)

    argv: list[str | Path] = [livekit_program() or PROGRAM, "--config", config]
    return Part("livekit", argv, ready, prepare, stop_by=signal.SIGKILL)


def configuration(port: int, media_port: int, keys: dict[str, str], signed_by: str, told: str) -> dict[str, object]:
    """Nothing of it listens elsewhere than on 127.0.0.1, nor asks anybody on the internet where it is.

    Source: https://github.com/livekit/livekit/blob/v1.13.5/config-sample.yaml
    """
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "keys": keys,
        "rtc": {
            "udp_port": media_port,
            "tcp_port": 0,
            "use_external_ip": False,
            "node_ip": "127.0.0.1",
            "enable_loopback_candidate": True,
            "ips": {"includes": ["127.0.0.1/32"]},
            "stun_servers": ["127.0.0.1:3478"],
        },
        "webhook": {"api_key": signed_by, "urls": [told], "resource_url_notifier": {"max_age": "5m"}},
        "logging": {"level": "warn"},
    }
