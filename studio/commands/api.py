import asyncio

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
            host=settings.api.host,
            port=port,
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        await uvicorn.Server(config).serve()
