import asyncio
import socket

import uvicorn
import uvloop

from studio.configuration import read_settings, required
from studio.fronting import front
from studio.locating import located
from studio.logs import log_json
from studio.ports import is_free
from studio.settings import Settings
from studio.trouble import Trouble

USUAL_PORT = 8000
BACKLOG = 2048
SENT_AHEAD = 64 * 1024


def api() -> None:
    """Serve the API until stopped."""
    settings = located(read_settings())
    required(settings)
    log_json()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


async def serve(settings: Settings) -> None:
    port = settings.api.port or USUAL_PORT
    if not is_free(port):
        raise Trouble(f"Port {port} is taken or not allowed: set STUDIO_API__PORT to another.")
    async with front(settings) as app:
        config = uvicorn.Config(
            app,
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        with listening(settings.api.host, port) as entrance:
            await uvicorn.Server(config).serve([entrance])


def listening(host: str, port: int) -> socket.socket:
    """Where the API is reached; who reads a file by ranges is sent little more than it has asked for."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    entrance = socket.create_server((host, port), family=family, backlog=BACKLOG)
    entrance.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AHEAD)
    return entrance
