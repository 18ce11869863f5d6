"""Webhooks and people's tokens, signed as LiveKit and Supabase sign them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

KEY, SECRET = "devkey", "a-secret-of-livekit-of-forty-characters!"
PEOPLE_SECRET = "the secret by which people's tokens are signed"


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt_of(claims: Any, secret: str = SECRET, header: Any = None) -> str:
    """A compact JWT by HS256, whatever its header says."""
    head = segment(json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode())
    signing_input = f"{head}.{segment(json.dumps(claims).encode())}"
    return f"{signing_input}.{segment(hmac.digest(secret.encode(), signing_input.encode(), 'sha256'))}"


def webhook_claims(body: bytes, key: str = KEY) -> dict[str, Any]:
    now = int(time.time())
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"iss": key, "nbf": now, "iat": now, "exp": now + 300, "sha256": digest}


def webhook_token(body: bytes, key: str = KEY, secret: str = SECRET) -> str:
    return jwt_of(webhook_claims(body, key), secret)


def egress_ended(room: str, event_id: str = "", **file: Any) -> dict[str, Any]:
    """What LiveKit sends when a recording has ended: int64 as strings, times in nanoseconds."""
    told = {
        "filename": f"lessons/{room}/RM_1/one.mp4",
        "size": "3500000",
        "duration": "95500000000",
        "startedAt": "1790000000500000000",
    }
    sides = {"tutor-1": "AUDIO_CHANNEL_LEFT", "student-1": "AUDIO_CHANNEL_RIGHT"}
    routes = [{"participantIdentity": who, "channel": side} for who, side in sides.items()]
    info = {
        "egressId": "EG_1",
        "roomName": room,
        "status": "EGRESS_COMPLETE",
        "egress": {"roomName": room, "media": {"audio": {"routes": routes}}},
        "fileResults": [told | file],
    }
    about = {"event": "egress_ended", "id": event_id or f"EV_ended_{room}", "createdAt": "1790000100"}
    return about | {"egressInfo": info}


def room_finished(room: str, event_id: str = "") -> dict[str, Any]:
    return {
        "event": "room_finished",
        "id": event_id or f"EV_closed_{room}",
        "room": {"sid": "RM_1", "name": room},
        "createdAt": "1790000100",
    }


def token_of(person: str | None, **claims: Any) -> str:
    """A token as Supabase issues it."""
    now = int(time.time())
    usual = {"sub": person, "role": "authenticated", "aud": "authenticated", "iat": now, "exp": now + 600}
    return jwt_of(usual | claims, PEOPLE_SECRET)


def as_(person: str | None, **headers: str) -> dict[str, str]:
    """The headers of a request in a person's name."""
    return {"authorization": f"Bearer {token_of(person)}"} | headers
