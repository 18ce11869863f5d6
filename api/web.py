"""The classroom's page and its files: no scripts but our own, and nobody else's servers but LiveKit's."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.services import Services

WEB = Path(__file__).parent.parent / "web"
VENDOR = WEB / "vendor"
CLOUD = ".livekit.cloud"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "cache-control": "no-store",
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class WebFiles(StaticFiles):
    """Files with etags; those of others carry their version in the address, and are kept."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_kept = VENDOR in Path(full_path).parents
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if is_kept else "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response


FILES = Mount("/web", WebFiles(directory=WEB))


async def show_classroom(request: Request[Services]) -> Response:
    """The classroom of a booking, as a page."""
    policy = POLICY.format(" ".join(places_of(request.state["classrooms"].url)))
    return FileResponse(WEB / "room.html", headers=HEADERS | {"content-security-policy": policy})


def places_of(url: str) -> list[str]:
    """Where the page connects to for a LiveKit server; LiveKit's own cloud sends browsers on to other hosts of its."""
    place = urlsplit(url)
    encrypted = "s" if place.scheme in ("wss", "https") else ""
    hosts = [place.netloc, *([f"*{CLOUD}"] if place.netloc.endswith(CLOUD) else [])]
    return [f"{scheme}{encrypted}://{host}" for scheme in ("ws", "http") for host in hosts]
