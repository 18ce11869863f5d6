"""A LiveKit server with an egress service for the tests: its Twirp API by HTTP, with scripted states.

Wire: https://twitchtv.github.io/twirp/docs/spec_v7.html, messages as in `livekit.protocol`.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Thread
from typing import Any

import jwt
from google.protobuf.message import Message
from livekit import api

KEY, SECRET = "APIplanted", "planted-secret-of-livekit-for-tests"
NANO = 10**9
STATUSES = {
    "unavailable": 503, "internal": 500, "not_found": 404, "bad_route": 404, "failed_precondition": 412,
    "unauthenticated": 401, "deadline_exceeded": 408,
}  # fmt: skip


@dataclass(frozen=True)
class Refused(Exception):
    """An error of Twirp's, by its code."""

    code: str


@dataclass
class LiveKitStandIn:
    """`egresses` are the recordings as the server knows them, in order of their start; `rooms` those that are open.

    A method named in `refusals` answers with that code, `without_v2` does not know StartEgress.
    """

    rooms: dict[str, list[api.ParticipantInfo]] = field(default_factory=dict)
    egresses: dict[str, api.EgressInfo] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    without_v2: bool = False
    page: int = 100
    url: str = ""

    def counted(self) -> Counter[str]:
        return Counter(method for method, _ in self.asked)

    def requests(self, method: str) -> list[Any]:
        return [request for asked, request in self.asked if asked == method]

    def answer(self, method: str, body: bytes) -> Message:
        if method not in METHODS or (method == "StartEgress" and self.without_v2):
            raise Refused("bad_route")
        wanted, work = METHODS[method]
        request = wanted.FromString(body)
        self.asked.append((method, request))
        if code := self.refusals.get(method):
            raise Refused(code)
        return work(self, request)

    def started(self, request: Any, name: str) -> api.EgressInfo:
        if request.room_name not in self.rooms:
            raise Refused("not_found")
        info = api.EgressInfo(
            egress_id=f"EG_{len(self.egresses)}", room_id="RM_1", room_name=request.room_name, updated_at=now()
        )
        getattr(info, name).CopyFrom(request)
        self.egresses[info.egress_id] = info
        return info

    def tell(self, egress_id: str, status: str, *files: api.FileInfo, ago: float = 0.0) -> None:
        """Have the service say something of a recording, so many seconds ago."""
        info = self.egresses[egress_id]
        info.MergeFrom(api.EgressInfo(status=f"EGRESS_{status}", file_results=files))
        info.updated_at = now() - int(ago * NANO)

    def stopped(self, request: api.StopEgressRequest) -> api.EgressInfo:
        info = self.egresses.get(request.egress_id)
        if info is None:
            raise Refused("not_found")
        if info.status not in (api.EgressStatus.EGRESS_STARTING, api.EgressStatus.EGRESS_ACTIVE):
            raise Refused("failed_precondition")
        self.tell(request.egress_id, "ENDING")
        return info

    def listed(self, request: api.ListEgressRequest) -> api.ListEgressResponse:
        live = (api.EgressStatus.EGRESS_STARTING, api.EgressStatus.EGRESS_ACTIVE, api.EgressStatus.EGRESS_ENDING)
        found = [
            info
            for info in self.egresses.values()
            if info.room_name == request.room_name and (info.status in live or not request.active)
        ]
        at = int(request.page_token.token or 0)
        more = str(at + self.page) if at + self.page < len(found) else ""
        page = found[at : at + self.page]
        return api.ListEgressResponse(items=page, next_page_token=api.TokenPagination(token=more))

    def open_rooms(self, request: api.ListRoomsRequest) -> api.ListRoomsResponse:
        return api.ListRoomsResponse(rooms=[api.Room(name=name) for name in request.names if name in self.rooms])

    def participants(self, request: api.ListParticipantsRequest) -> api.ListParticipantsResponse:
        return api.ListParticipantsResponse(participants=self.rooms.get(request.room, []))


Work = Callable[[LiveKitStandIn, Any], Message]
METHODS: dict[str, tuple[Any, Work]] = {
    "StartEgress": (api.StartEgressRequest, lambda server, asked: server.started(asked, "egress")),
    "StartRoomCompositeEgress": (
        api.RoomCompositeEgressRequest, lambda server, asked: server.started(asked, "room_composite")
    ),
    "StartTrackEgress": (api.TrackEgressRequest, lambda server, asked: server.started(asked, "track")),
    "StopEgress": (api.StopEgressRequest, LiveKitStandIn.stopped),
    "ListEgress": (api.ListEgressRequest, LiveKitStandIn.listed),
    "ListRooms": (api.ListRoomsRequest, LiveKitStandIn.open_rooms),
    "ListParticipants": (api.ListParticipantsRequest, LiveKitStandIn.participants),
}  # fmt: skip


def now() -> int:
    return time.time_ns()


def microphone(identity: str, track: str) -> api.ParticipantInfo:
    """Somebody in a room who speaks."""
    return api.ParticipantInfo(identity=identity, tracks=[api.TrackInfo(sid=track, source=api.TrackSource.MICROPHONE)])


def recorded(key: str, seconds: float = 60.0, size: int = 100, began: float = 1790000000.0) -> api.FileInfo:
    """A file as the service reports it."""
    return api.FileInfo(
        filename=key,
        size=size,
        duration=int(seconds * NANO),
        started_at=int(began * NANO),
        location="https://elsewhere",
    )


@contextmanager
def livekit_stand_in() -> Iterator[LiveKitStandIn]:
    """A server on the loopback until the block is left."""
    standing = LiveKitStandIn()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                jwt.decode(self.headers["authorization"].removeprefix("Bearer "), SECRET, ["HS256"], issuer=KEY)
                self.give(
                    200, "application/protobuf", standing.answer(self.path.split("/")[-1], body).SerializeToString()
                )
            except jwt.InvalidTokenError:
                self.refuse(Refused("unauthenticated"))
            except Refused as refused:
                self.refuse(refused)

        def refuse(self, refused: Refused) -> None:
            said = dumps({"code": refused.code, "msg": "planted-words-of-the-server"}).encode()
            self.give(STATUSES[refused.code], "application/json", said)

        def give(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        standing.url = f"http://127.0.0.1:{server.server_port}"
        serving = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        yield standing
        server.shutdown()
        serving.join()
