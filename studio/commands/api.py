import asyncio
import socket

import uvicorn

from studio.configuration import read_settings, required
from studio.logs import log_json
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import front


def api() -> None:
    """Serve the web front."""
    settings = read_settings()
    required(settings)
    log_json()
    asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are given five seconds."""
    host, port = settings.api.host, settings.api.port or 8000
    async with front(settings) as app:
        config = uvicorn.Config(
            app,
            lifespan="on",
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        with listening(host, port) as bound:
            await uvicorn.Server(config).serve(sockets=[bound])


def listening(host: str, port: int) -> socket.socket:
    """A bound socket; raises Trouble where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise Trouble(
            f"The API cannot use {host}:{port} ({error.strerror}): set STUDIO_API__PORT to a free port."
        ) from None
    return bound
