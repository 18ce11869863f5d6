"""Which ports the embedded parts listen on."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from studio.keys import write_privately
from studio.trouble import Trouble

USUAL = {
    "database": 5432,
    "temporal": 7233,
    "temporal_ui": 8233,
    "inbox": 1025,
    "api": 8000,
    "livekit": 7880,
    "media": 7882,
}
SETTABLE = {"inbox": "STUDIO_MAIL__PORT", "api": "STUDIO_API__PORT"}


def find_ports(remembered_in: Path, fixed: Mapping[str, int | None]) -> dict[str, int]:
    """A free port for every part: the fixed one, the one of last time, the usual one, or any.

    The choice is remembered in the file, so that a restart keeps its URLs. Raises Trouble if a fixed one is taken.
    """
    remembered: dict[str, int] = json.loads(remembered_in.read_text()) if remembered_in.exists() else {}
    ports: dict[str, int] = {}
    for part, usual in USUAL.items():
        wanted = fixed.get(part)
        if wanted and not is_free(wanted):
            raise Trouble(f"Port {wanted} is taken or not allowed: set {SETTABLE[part]} to another.")
        likely = [wanted] if wanted else [remembered.get(part, usual), usual]
        ports[part] = next((one for one in likely if one not in ports.values() and is_free(one)), None) or any_port()
    write_privately(remembered_in, ports)
    return ports


def is_free(port: int) -> bool:
    """Whether a server could listen here, by TCP and by UDP."""
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stream.bind(("127.0.0.1", port))
            datagrams.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
