"""What the page asks of Studio, answered from memory: as api/bookings.py, api/rooms.py and api/events.py answer it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from livekit import api
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from api.operations import Operation, routes_of
from api.web import FILES, show_classroom
from lessons.consent import VERSION, texts_in
from tests.livekit.servers import LiveKitServer

STAGES = ("capture", "fetch", "transcribe", "extract", "clip", "index", "notify")
COUNTS = {"mistakes": 7, "drills": 12, "clips": 3, "chunks": 41}
NAMES = {"tutor": "Mira <b>Novak</b>", "student": "Lucía Fernández"}
PURPOSES = ("record", "ai", "marketing")
OTHER = {"tutor": "student", "student": "tutor"}


@dataclass
class StandIn:
    """One booking, its two people (whose tokens are their roles), and whatever was asked, in order.

    While it is not `answering`, what people agree to is kept, and they are not told so.
    """

    livekit: LiveKitServer
    booking_id: str = field(default_factory=lambda: str(uuid4()))
    begins: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=5))
    closed: str | None = None
    problems: dict[str, tuple[int, str]] = field(default_factory=dict)
    consents: dict[str, dict[str, bool]] = field(default_factory=lambda: {"tutor": {}, "student": {}})
    lesson: dict[str, Any] | None = None
    is_cut_off: bool = False
    withdraw_only: bool = False
    came_by: str = "account"
    recording: bool = False
    ended: bool = False
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answering.set()

    def app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[dict[str, object]]:
            yield {"classrooms": SimpleNamespace(url=self.livekit.url)}

        here = f"/api/bookings/{self.booking_id}"
        page = Operation("GET", "/{booking_id:uuid}/room", show_classroom, "text/html", open=True)
        return Starlette(
            routes=[
                *routes_of([page]),
                FILES,
                Route(here, self.show),
                Route(f"{here}/room", self.enter, methods=["POST"]),
                Route(f"{here}/consent", self.consent, methods=["POST"]),
                Route(f"{here}/end", self.end, methods=["POST"]),
                Route(f"/api/lessons/{self.booking_id}/events", self.follow),
            ],
            lifespan=lifespan,
        )

    def refused(self, what: str) -> Response | None:
        self.asked.append(what)
        status, code = self.problems.get(what.partition(" ")[0], (200, ""))
        return JSONResponse({"code": code}, status) if code else None

    async def show(self, request: Request) -> Response:
        role = role_in(request)
        return self.refused("show") or JSONResponse(self.booking_of(role, request.headers["accept-language"]))

    def booking_of(self, role: str, language: str) -> dict[str, Any]:
        given, other = self.consents[role], self.consents[OTHER[role]]
        return {
            "booking_id": self.booking_id,
            "isTutor": role == "tutor",
            "identity": f"{role}-1",
            "name": NAMES[role],
            "other": NAMES[OTHER[role]],
            "bookingInfo": self.info(),
            "opens_at": (self.begins - timedelta(minutes=15)).isoformat(),
            "closes_at": (self.begins + timedelta(minutes=120)).isoformat(),
            "closed": self.closed,
            "brand_color": "#7a3ff2",
            "consents": {purpose: given.get(purpose) for purpose in PURPOSES}
            | {f"{purpose}_by": self.came_by if purpose in given else None for purpose in PURPOSES},
            "other_consents": {"record": other.get("record"), "record_by": self.came_by if "record" in other else None},
            "consent_texts": {"version": VERSION, **texts_in(language)},
            "withdraw_only": self.withdraw_only,
            "recording": self.recording,
            "ended": self.ended,
            "lesson_id": self.booking_id,
            "lesson_status": self.lesson["status"] if self.lesson else None,
        }

    def info(self) -> dict[str, Any]:
        return {
            "studentId": "1",
            "studentName": NAMES["student"],
            "tutorName": NAMES["tutor"],
            "serviceName": "English conversation",
            "scheduledAt": self.begins.isoformat(),
            "durationMinutes": 60,
        }

    async def enter(self, request: Request) -> Response:
        role = role_in(request)
        entrance = {
            "token": self.token(role),
            "url": self.livekit.url,
            "isTutor": role == "tutor",
            "roomName": self.booking_id,
            "identity": f"{role}-1",
            "bookingInfo": self.info(),
            "recording": self.recording,
        }
        return self.refused(f"enter {role}") or JSONResponse(entrance)

    def token(self, role: str) -> str:
        grants = api.VideoGrants(room_join=True, room=self.booking_id, room_admin=role == "tutor" or None)
        token = api.AccessToken(self.livekit.key, self.livekit.secret).with_identity(f"{role}-1")
        return token.with_name(NAMES[role]).with_grants(grants).to_jwt()

    def recorder_token(self) -> str:
        grants = api.VideoGrants(room_join=True, room=self.booking_id, recorder=True, hidden=True, can_publish=False)
        token = api.AccessToken(self.livekit.key, self.livekit.secret).with_identity(f"EG_{self.booking_id}")
        return token.with_kind("egress").with_grants(grants).to_jwt()

    async def consent(self, request: Request) -> Response:
        role, answer = role_in(request), await request.json()
        if problem := self.refused(f"consent {role} {answer['purpose']} {answer['given']}"):
            return problem
        self.consents[role][answer["purpose"]] = answer["given"] and answer["version"] == VERSION
        await self.answering.wait()
        return JSONResponse({"consents": self.booking_of(role, "en")["consents"]})

    async def end(self, request: Request) -> Response:
        if problem := self.refused(f"end {role_in(request)}"):
            return problem
        await self.close_room()
        return JSONResponse({"status": "ended"}, 202)

    async def close_room(self) -> None:
        async with self.livekit.api() as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=self.booking_id))

    async def remove(self, role: str) -> None:
        async with self.livekit.api() as server:
            gone = api.RoomParticipantIdentity(room=self.booking_id, identity=f"{role}-1")
            await server.room.remove_participant(gone)

    async def follow(self, request: Request) -> Response:
        return self.refused(f"follow {request.headers['last-event-id']}") or StreamingResponse(
            self.snapshots(), media_type="text/event-stream"
        )

    async def snapshots(self) -> AsyncIterator[str]:
        while self.lesson is not None:
            self.changed.clear()
            yield ": still here\n\n"
            yield f"event: lesson\nid: {self.lesson['version']}\ndata: {json.dumps(self.lesson)}\n\n"
            if self.is_cut_off:
                return
            await self.changed.wait()

    def process(self, stage: str, status: str = "processing", **more: object) -> None:
        """Let the lesson be at this stage, halfway through it."""
        at = STAGES.index(stage)
        ended = status == "completed"
        stages = [{"stage": one, "status": "done", "progress": 1.0} for one in STAGES[: at + ended]]
        running = [] if ended else [{"stage": stage, "status": "running", "progress": 0.45}]
        empty: Mapping[str, object] = {
            "error": None,
            "nothing": None,
            "summary": "",
            "key_points": [],
            "counts": COUNTS,
        }
        told = {"version": at + 1, "status": status, "stage": stage, "final": status != "processing"}
        self.lesson = {**empty, **told, "stages": stages + running, **more}
        self.changed.set()


def role_in(request: Request) -> str:
    return request.headers["authorization"].removeprefix("Bearer ")
