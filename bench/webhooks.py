"""Webhooks of ended recordings, signed as LiveKit signs them."""

import hashlib
import hmac
import json
import time
import uuid
from base64 import b64encode, urlsafe_b64encode

KEY = "devkey"
HEADER = b'{"alg":"HS256","typ":"JWT"}'
PATH = "/api/webhooks/livekit"


def room_of(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def egress_ended(number: int) -> bytes:
    """The event as LiveKit's egress service tells it, of the usual size (about 2 KB)."""
    room = room_of(number)
    file = {
        "filename": f"lessons/{room}/RM_{number}/lesson.mp4",
        "startedAt": "1790000000500000000",
        "endedAt": "1790003600500000000",
        "duration": "3600000000000",
        "size": "730000000",
        "location": f"https://storage.example/recordings/lessons/{room}/RM_{number}/lesson.mp4",
    }
    output = {"fileType": "MP4", "filepath": "lessons/{room_name}/{room_id}/lesson.mp4", "s3": {"bucket": "recordings"}}
    info = {
        "egressId": f"EG_{number}",
        "roomId": f"RM_{number}",
        "roomName": room,
        "status": "EGRESS_COMPLETE",
        "startedAt": "1790000000400000000",
        "endedAt": "1790003601400000000",
        "updatedAt": "1790003601400000000",
        "details": "End reason: Source closed. " + "-" * 600,
        "roomComposite": {"roomName": room, "layout": "speaker", "fileOutputs": [output], "preset": "H264_720P_30"},
        "file": file,
        "fileResults": [file],
    }
    event = {"event": "egress_ended", "id": f"EV_{number}", "createdAt": "1790003601", "egressInfo": info}
    return json.dumps(event).encode()


def token(body: bytes, secret: str) -> str:
    """A JWT by HS256 over the body's hash (https://docs.livekit.io/home/server/webhooks/)."""
    now = int(time.time())
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"iss": KEY, "nbf": now, "iat": now, "exp": now + 300, "sha256": digest}
    signed = b".".join(map(segment, (HEADER, json.dumps(claims).encode())))
    return b".".join((signed, segment(hmac.digest(secret.encode(), signed, "sha256")))).decode()


def segment(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
