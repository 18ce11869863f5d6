"""LiveKit's events of the end of a lesson, as it makes, signs and posts them."""

import base64
import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import OctKey

from lessons.classroom import student_identity, tutor_identity
from studio.seed import STUDENT, TUTOR
from studio.settings import LiveKit

ROUTES = [
    {"participantIdentity": tutor_identity(TUTOR), "channel": "AUDIO_CHANNEL_LEFT"},
    {"participantIdentity": student_identity(STUDENT), "channel": "AUDIO_CHANNEL_RIGHT"},
]


@dataclass(frozen=True)
class Sender:
    """Signs events as a LiveKit server does (https://docs.livekit.io/home/server/webhooks/)."""

    key: str
    secret: str = field(repr=False)

    def headers_for(self, body: bytes) -> dict[str, str]:
        now = int(time.time())
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        claims = {"iss": self.key, "nbf": now, "iat": now, "exp": now + 300, "sha256": digest}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))
        return {"authorization": token, "content-type": "application/webhook+json"}

    async def post(self, http: httpx2.AsyncClient, event: dict[str, Any]) -> int:
        """Post an event to the API; return the status of the answer."""
        body = json.dumps(event).encode()
        return (await http.post("/api/webhooks/livekit", content=body, headers=self.headers_for(body))).status_code


def sender_of(chosen: LiveKit) -> Sender:
    """Who signs with the key that the API knows."""
    return Sender(chosen.api_key, chosen.api_secret.get_secret_value() if chosen.api_secret else "")


def room_finished(booking: str) -> dict[str, Any]:
    """As LiveKit tells that the last person has left a room."""
    room = {"sid": "RM_demo", "name": booking}
    return {"event": "room_finished", "id": new_id(), "room": room, "createdAt": str(int(time.time()))}


def egress_ended(booking: str, key: str, size: int, seconds: int) -> dict[str, Any]:
    """As LiveKit's egress tells of a finished file: 64-bit numbers as text, times in nanoseconds."""
    ended = time.time_ns()
    began = ended - seconds * 10**9
    times = {"startedAt": str(began), "endedAt": str(ended)}
    info = {
        "egressId": f"EG_{uuid.uuid4().hex[:12]}",
        "roomId": "RM_demo",
        "roomName": booking,
        "status": "EGRESS_COMPLETE",
        "egress": {"roomName": booking, "media": {"audio": {"routes": ROUTES}}},
        **times,
        "fileResults": [{"filename": key, "size": str(size), "duration": str(ended - began), **times}],
    }
    return {"event": "egress_ended", "id": new_id(), "egressInfo": info, "createdAt": str(ended // 10**9)}


def new_id() -> str:
    return f"EV_{uuid.uuid4().hex[:12]}"
