"""A Deepgram for the tests: hears what the script says, remembers every request, and fails when it is told to.

It speaks https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded over a real port.
"""

import hashlib
import json
import socket
import struct
import threading
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from tests.vendors.deepgram_reference import NO_MODEL as NO_SUCH_MODEL
from tests.vendors.deepgram_reference import complaint
from tests.vendors.serving import Calm, has_hung_up, serving

KEY = "planted-deepgram-key"


@dataclass(frozen=True)
class Said:
    """Somebody said something: a channel of the file, or a voice of a mixed one; three words a second."""

    channel: int
    start: float
    text: str
    language: str = "en"


@dataclass(frozen=True)
class Fault:
    """An answer out of turn; after so many bytes it is reset, or ends as if that were all, or it never comes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    resets_after: int | None = None
    ends_after: int | None = None
    stalls: bool = False


def refusal(status: int, code: str = "", sentence: str = "", **headers: str) -> Fault:
    """What Deepgram says with a status from 400 on; header names are written with underscores."""
    told = {"err_code": code, "err_msg": sentence, "request_id": str(uuid4())}
    return Fault(status, json.dumps(told).encode(), {name.replace("_", "-"): one for name, one in headers.items()})


TOO_MANY = refusal(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later", retry_after="7")
BAD_KEY = refusal(401, "INVALID_AUTH", "Invalid credentials.")
NO_MONEY = refusal(402, "ASR_PAYMENT_REQUIRED", "Project does not have enough credits for an ASR request.")
NO_RIGHTS = refusal(403, "INSUFFICIENT_PERMISSIONS", "User does not have sufficient permissions to make call.")
CORRUPT = refusal(400, "Bad Request", "Bad Request: failed to process audio: corrupt or unsupported data")
NO_MODEL = refusal(400, *NO_SUCH_MODEL)
GARBAGE = Fault(body=b'{"metadata": {"request_id": ')
NO_TEXT = Fault(body=b"\xff\xfe\x00garbage")
HTML = Fault(body=b"<!doctype html><h1>Welcome</h1>", headers={"content-type": "text/html"})
WRONG_SHAPE = Fault(body=b'{"request_id": "accepted"}')
RESET = Fault(body=b" " * 5000, resets_after=2000)
CUT_SHORT = Fault(body=b'{"results": {}}' + b" " * 5000, ends_after=2000)
STALL = Fault(stalls=True)


@dataclass(frozen=True)
class Asked:
    """A request as it came; `sent` and `fetched` are the bytes of sound that came along or were read at `url`."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    url: str = ""
    sent: int = 0
    fetched: int = 0
    sha256: str = ""

    def named(self, name: str) -> list[str]:
        return [value for known, value in self.query if known == name]


class DeepgramStandIn(ThreadingHTTPServer):
    """`said` is what it hears; `script` answers the next listening requests, None as its reference has it.

    `heard` counts, by the sound, how often somebody was still there for the answer. It is `deserted` while whoever
    asked is being killed, whose connection may stay a while.
    Answers that are called back wait in `held` until `call_back`, where it `holds` them.
    """

    daemon_threads = True

    def __init__(self, *said: Said) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.said = said
        self.seconds = 60.0
        self.thinks_for = 0.0
        self.heard: Counter[str] = Counter()
        self.deserted = False
        self.requests: list[Asked] = []
        self.script: deque[Fault | None] = deque()
        self.holds = False
        self.held: list[tuple[str, bytes]] = []
        self.called_back: list[int] = []
        self.rich = self.manages = True
        self.projects = as_json({"projects": [{"project_id": "p1", "name": "lessons"}]})
        self.over = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def listened(self) -> list[Asked]:
        return [one for one in self.requests if one.path == "/v1/listen"]

    def call_back(self) -> list[int]:
        """Post the answers that are held; return what each post was answered with."""
        waiting, self.held = self.held, []
        return [self.post(*one) for one in waiting]

    def post(self, url: str, body: bytes) -> int:
        request = urllib.request.Request(url, body, {"content-type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status: int = response.status
        except urllib.request.HTTPError as refused:
            status = refused.code
        self.called_back.append(status)
        return status

    def answer_to(self, asked: Asked) -> dict[str, Any]:
        """What Deepgram answers to this question, whole."""
        return answer(self.said, self.seconds, asked)


class Answer(Calm):
    server: DeepgramStandIn

    def do_POST(self) -> None:
        asked = self.taken()
        self.server.requests.append(asked)
        if not self.allowed():
            self.answer_by(BAD_KEY)
            return
        fault = self.server.script.popleft() if self.server.script else None
        if fault is None and asked.url and not asked.fetched:
            fault = refusal(400, "REMOTE_CONTENT_ERROR", "The remote server hosting the media returned an error.")
        if fault is None and (wrong := complaint(asked.query)):
            fault = refusal(400, *wrong)
        self.answer_by(fault) if fault else self.listen(asked)

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        self.server.requests.append(Asked("GET", where.path, tuple(parse_qsl(where.query)), dict(self.headers)))
        balances = {"balances": [{"balance_id": "b1", "amount": 42.5, "units": "usd", "purchase_order_id": ""}]}
        if not self.allowed():
            self.answer_by(BAD_KEY)
        elif where.path == "/v1/auth/token":
            self.answer_by(as_json({"api_key_id": "k1", "scopes": ["usage:write"]}))
        elif where.path == "/v1/projects" and not self.server.manages:
            self.answer_by(NO_RIGHTS)
        elif where.path == "/v1/projects":
            self.answer_by(self.server.projects)
        elif where.path == "/v1/projects/p1/balances" and self.server.rich:
            self.answer_by(as_json(balances))
        else:
            self.answer_by(NO_RIGHTS)

    def allowed(self) -> bool:
        return self.headers["Authorization"] == f"Token {KEY}"

    def taken(self) -> Asked:
        """The request with all its bytes; the sound at its URL is really fetched."""
        where = urlsplit(self.path)
        kind, query = self.headers.get("Content-Type", ""), tuple(parse_qsl(where.query))
        whole = b"" if kind != "application/json" else b"".join(self.pieces())
        url = str(json.loads(whole)["url"]) if whole else ""
        size, digest = (fetch(url) if url else weigh(self.pieces())) if where.path == "/v1/listen" else (0, "")
        sent, fetched = (0, size) if url else (size, 0)
        return Asked("POST", where.path, query, dict(self.headers), url, sent, fetched, digest)

    def pieces(self) -> Iterator[bytes]:
        """The body, sent by length or in chunks (RFC 9112, 7.1)."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        elif size := int(self.headers.get("Content-Length", 0)):
            yield self.rfile.read(size)

    def listen(self, asked: Asked) -> None:
        time.sleep(self.server.thinks_for)
        told = self.server.answer_to(asked)
        body, callbacks = json.dumps(told).encode(), asked.named("callback")
        self.server.heard[asked.sha256] += not (self.server.deserted or has_hung_up(self.connection))
        if not callbacks:
            self.answer_by(Fault(body=body, headers={"dg-request-id": told["metadata"]["request_id"]}))
            return
        if self.server.holds:
            self.server.held.append((callbacks[0], body))
        self.answer_by(as_json({"request_id": told["metadata"]["request_id"]}))
        if not self.server.holds:
            threading.Thread(target=self.server.post, args=(callbacks[0], body), daemon=True).start()

    def answer_by(self, fault: Fault) -> None:
        if fault.stalls:
            self.server.over.wait(30)
            self.close_connection = True
            return
        self.send_response(fault.status)
        for name, value in {"content-type": "application/json", **fault.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(fault.body)))
        self.end_headers()
        cut = fault.resets_after if fault.resets_after is not None else fault.ends_after
        self.wfile.write(fault.body[:cut])
        if fault.resets_after is not None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = cut is not None


def as_json(told: object) -> Fault:
    return Fault(body=json.dumps(told).encode())


def fetch(url: str) -> tuple[int, str]:
    """How many bytes lie at an address, and their hash; none where they cannot be had."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return weigh(iter(lambda: response.read(1 << 16), b""))
    except OSError:
        return 0, ""


def weigh(pieces: Iterable[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def answer(said: Iterable[Said], seconds: float, asked: Asked) -> dict[str, Any]:
    """An answer in Deepgram's shape; a multichannel file has as many as anybody speaks on, two at least."""
    multichannel, diarized = asked.named("multichannel") == ["true"], bool(asked.named("diarize_model"))
    spoken = [utterance(one, asked, multichannel, diarized) for one in said]
    count = max(2, *(one["channel"] + 1 for one in spoken), 2) if multichannel else 1
    return {
        "metadata": {
            "transaction_key": "deprecated",
            "request_id": str(uuid4()),
            "sha256": asked.sha256,
            "created": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "duration": seconds,
            "channels": count,
            "models": ["m1"],
            "model_info": {"m1": {"name": "general-nova-3", "version": "2026-10-01.0", "arch": "nova-3"}},
        },
        "results": {
            "channels": [channel([one for one in spoken if one["channel"] == at], asked) for at in range(count)],
            **({"utterances": spoken} if asked.named("utterances") == ["true"] else {}),
        },
    }


def channel(spoken: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    words = [word for one in spoken for word in one["words"]]
    languages = sorted({word["language"] for word in words if "language" in word})
    named = {"languages": languages} if asked.named("language") == ["multi"] else {}
    detected = {"detected_language": "en", "language_confidence": 0.99} if asked.named("detect_language") else {}
    text = " ".join(one["transcript"] for one in spoken)
    return {"alternatives": [{"transcript": text, "confidence": 0.98, "words": words, **named}], **detected}


def utterance(one: Said, asked: Asked, multichannel: bool, diarized: bool) -> dict[str, Any]:
    spoken_in = {"language": one.language} if asked.named("language") == ["multi"] else {}
    voice = {"speaker": one.channel, "speaker_confidence": 0.9} if diarized else {}
    words = [
        {
            "word": word.lower().strip(".,?!"),
            "start": round(one.start + at / 3, 3),
            "end": round(one.start + at / 3 + 0.3, 3),
            "confidence": 0.97,
            **voice,
            "punctuated_word": word,
            **spoken_in,
        }
        for at, word in enumerate(one.text.split())
    ]
    return {
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "confidence": 0.97,
        "channel": one.channel if multichannel else 0,
        "transcript": one.text,
        "words": words,
        **({"speaker": one.channel} if diarized else {}),
        "id": str(uuid4()),
        **({"languages": [one.language]} if spoken_in else {}),
    }


@contextmanager
def deepgram_stand_in(*said: Said, kind: type[DeepgramStandIn] = DeepgramStandIn) -> Iterator[DeepgramStandIn]:
    """Run one on a port of its own."""
    server = kind(*said)
    with serving(server):
        try:
            yield server
        finally:
            server.over.set()
