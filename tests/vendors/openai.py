"""An OpenAI for the tests: reads what it is asked as strictly as the real one, answers out of it, and fails on demand.

Wire: https://platform.openai.com/docs/api-reference, structured outputs: .../docs/guides/structured-outputs.
"""

import json
import math
import re
import socket
import struct
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import ThreadingHTTPServer
from threading import Event, Lock
from typing import Any
from urllib.parse import unquote

from tests.vendors.serving import Calm, has_hung_up, serving

KEY = "sk-planted-secret"
CHAT, EMBEDDING = "gpt-4o", "text-embedding-3-small"
KNOWN = {
    "/v1/responses": {
        "model", "input", "instructions", "text", "temperature", "top_p", "store", "max_output_tokens", "metadata",
        "reasoning", "safety_identifier", "service_tier", "truncation", "stream", "tools", "include", "background",
    },
    "/v1/embeddings": {"model", "input", "dimensions", "encoding_format", "user"},
}  # fmt: skip
ALLOWED = {
    "$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "items", "properties",
    "required", "title", "type",
}  # fmt: skip
WRONG = {
    "have went": ("went", "tense"), "more cold": ("colder", "form"), "the last year": ("last year", "article"),
    "responsible of": ("responsible for", "preposition"), "near of": ("near", "preposition"),
    "If I will have": ("If I had", "tense"), "very exciting": ("very excited", "word choice"), "goed": ("went", "form"),
    "buyed": ("bought", "form"), "We was": ("We were", "agreement"), "am agree": ("agree", "extra"),
    "since five years": ("for five years", "preposition"), "depends of": ("depends on", "preposition"),
}  # fmt: skip
WRITTEN = {"explanation", "prompt", "text", "title"}
LINE = re.compile(r"^#(\d+) (tutor|student|unknown) ([\d.]+): (.*)$", re.MULTILINE)
GAP = re.compile(r"^#(\d+) (.*) \| (.*) \| (.*)$", re.MULTILINE)
PRAISE = re.compile(r"\b(?:perfect|great|fantastic|excellent|wonderful)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def wants(self) -> frozenset[str]:
        """The properties of the answer that is asked for."""
        return frozenset(self.body["text"]["format"]["schema"]["properties"])

    @property
    def is_repair(self) -> bool:
        return "could not be used" in self.body.get("instructions", "")


@dataclass(frozen=True)
class Given:
    """An answer: whole, or cut by a reset after half of it, or never."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    resets: bool = False
    stalls: bool = False


Fault = Callable[[Asked], Given]
"""An answer out of turn."""


class OpenAIStandIn(ThreadingHTTPServer):
    """`requests` are all that came; `script` answers the next ones, None as usual; `fault` answers those it will.

    `heard` counts, by what was asked, how often somebody was still there for the answer. It is `deserted` while whoever
    asked is being killed, whose connection may stay a while.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.requests: list[Asked] = []
        self.script: deque[Fault | None] = deque()
        self.fault: Callable[[Asked], Fault | None] = lambda _: None
        self.key = KEY
        self.models = {CHAT, EMBEDDING}
        self.heard: Counter[str] = Counter()
        self.deserted = False
        self.over = Event()
        self.lock = Lock()
        self.busy = self.busiest = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def asked_for(self, path: str) -> list[Asked]:
        return [one for one in self.requests if one.path == path]

    def given(self, asked: Asked) -> Given:
        with self.lock:
            self.requests.append(asked)
            scripted = self.script.popleft() if self.script else None
        fault = scripted or self.fault(asked)
        return fault(asked) if fault else self.usual(asked)

    def usual(self, asked: Asked) -> Given:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return error(401, "invalid_api_key")(asked)
        if asked.method == "GET" and asked.path.startswith("/v1/models/"):
            return self.model(asked)
        if asked.method != "POST" or asked.path not in KNOWN:
            return error(404)(asked)
        if wrong := faults_of(asked):
            return error(400, wrong)(asked)
        if asked.body["model"] not in self.models:
            return error(400 if asked.path == "/v1/responses" else 404, "model_not_found", param="model")(asked)
        return responded(asked) if asked.path == "/v1/responses" else embedded(asked)

    def model(self, asked: Asked) -> Given:
        name = unquote(asked.path.removeprefix("/v1/models/"))
        if name not in self.models:
            return error(404, "model_not_found", param="model")(asked)
        told = {"id": name, "object": "model", "created": 1_715_367_049, "owned_by": "system"}
        return Given(200, json.dumps(told).encode(), {"x-ratelimit-remaining-requests": "4999"})


class Answer(Calm):
    server: OpenAIStandIn

    def answer_any(self) -> None:
        read = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(
            self.command,
            self.path,
            {name.lower(): said for name, said in self.headers.items()},
            json.loads(read) if read else {},
        )
        with self.server.lock:
            self.server.busy += 1
            self.server.busiest = max(self.server.busiest, self.server.busy)
        given = self.server.given(asked)
        with self.server.lock:
            self.server.busy -= 1
            self.server.heard[fingerprint(asked)] += not (self.server.deserted or has_hung_up(self.connection))
        if given.stalls:
            self.server.over.wait()
        elif given.resets:
            self.reset(given.body)
        else:
            self.send(given, len(given.body))

    do_GET = do_POST = answer_any

    def send(self, given: Given, length: int) -> None:
        self.send_response(given.status)
        headers = {"Content-Type": "application/json", "x-request-id": "req_1"} | dict(given.headers)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(given.body)

    def reset(self, body: bytes) -> None:
        self.send(Given(200, body[: len(body) // 2]), len(body))
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def fingerprint(asked: Asked) -> str:
    return f"{asked.path} {sha256(json.dumps(asked.body, sort_keys=True).encode()).hexdigest()}"


@contextmanager
def openai_stand_in() -> Iterator[OpenAIStandIn]:
    server = OpenAIStandIn()
    with serving(server):
        try:
            yield server
        finally:
            server.over.set()


def error(status: int, code: str = "", param: str = "", retry_after: str = "", said: str = "") -> Fault:
    """An error as OpenAI tells it; the message quotes what must never be told on."""
    message = said or f"Incorrect API key provided: {KEY}, or the student said something."
    told = {"message": message, "type": "invalid_request_error", "param": param or None, "code": code or None}
    headers = {"Retry-After": retry_after} if retry_after else {}
    return lambda _: Given(status, json.dumps({"error": told}).encode(), headers)


def raw(body: bytes, status: int = 200, content_type: str = "application/json") -> Fault:
    return lambda _: Given(status, body, {"Content-Type": content_type})


def html(asked: Asked) -> Given:
    return Given(200, b"<!doctype html><title>Sign in to the hotel's network</title>", {"Content-Type": "text/html"})


def stall(asked: Asked) -> Given:
    return Given(stalls=True)


def reset(asked: Asked) -> Given:
    usual = responded(asked) if asked.path == "/v1/responses" else embedded(asked)
    return Given(200, usual.body, resets=True)


def no_such_path(asked: Asked) -> Given:
    """What other servers say to a path that they do not have."""
    return Given(404, b'{"detail": "Not Found"}')


def saying(text: str) -> Fault:
    return lambda asked: response(asked, [{"type": "output_text", "text": text, "annotations": []}])


def obeying(orders: Sequence[str]) -> Fault:
    """A model that writes what somebody in the lesson tells it to, wherever it writes of its own."""

    def told(value: Any, order: str) -> Any:
        match value:
            case dict():
                return {name: order if name in WRITTEN else told(one, order) for name, one in value.items()}
            case [str(), *_] | []:
                return [*orders]
            case list():
                return [told(one, orders[number % len(orders)]) for number, one in enumerate(value)]
            case _:
                return value

    return lambda asked: saying(json.dumps(told(answer_to(asked), " ".join(orders))))(asked)


def refused(asked: Asked) -> Given:
    return response(asked, [{"type": "refusal", "refusal": "I am sorry, but the student said something."}])


def truncated(asked: Asked) -> Given:
    half = json.dumps(answer_to(asked))[:-9]
    said = [{"type": "output_text", "text": half, "annotations": []}]
    return response(asked, said, "incomplete", {"reason": "max_output_tokens"})


def filtered(asked: Asked) -> Given:
    return response(asked, [], "incomplete", {"reason": "content_filter"})


def failed(asked: Asked) -> Given:
    told = json.loads(response(asked, []).body)
    told |= {"status": "failed", "error": {"code": "server_error", "message": "It broke."}, "usage": None}
    return Given(200, json.dumps(told).encode())


def huge(asked: Asked) -> Given:
    return saying(json.dumps(answer_to(asked)) + " " * (10 << 20))(asked)


def responded(asked: Asked) -> Given:
    return saying(json.dumps(answer_to(asked)))(asked)


def response(
    asked: Asked, content: list[dict[str, Any]], status: str = "completed", incomplete: dict[str, str] | None = None
) -> Given:
    """A response object with all that the API description requires of it."""
    read, written = len(asked.body["input"]) // 4, sum(len(str(one)) for one in content) // 4
    message = {"type": "message", "id": "msg_1", "status": status, "role": "assistant", "content": content}
    told = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_741_476_542,
        "status": status,
        "error": None,
        "incomplete_details": incomplete,
        "instructions": asked.body["instructions"],
        "metadata": {},
        "model": f"{asked.body['model']}-2024-08-06",
        "output": [message] if content else [],
        "parallel_tool_calls": True,
        "temperature": asked.body.get("temperature", 1.0),
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "text": asked.body["text"],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": read // 2},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }
    return Given(200, json.dumps(told).encode())


def answer_to(asked: Asked) -> dict[str, Any]:
    """What a model would answer, found in the lines that it is shown."""
    lines = LINE.findall(asked.body["input"])
    match sorted(asked.wants):
        case ["mistakes"]:
            return {"mistakes": [one for line in lines if line[1] == "student" for one in mistakes_in(line)]}
        case ["moments"]:
            return {"moments": moments_in(lines)}
        case ["drills"]:
            return {"drills": [exercise(*gap) for gap in GAP.findall(asked.body["input"])]}
        case _:
            topics = sorted({word.strip(".,!?") for line in lines for word in line[3].split()}, key=len)[-2:]
            points = [f"Remember {word}." for word in topics]
            return {"text": f"They talked about {' and '.join(topics)}.", "key_points": points}


def mistakes_in(line: tuple[str, str, str, str]) -> Iterator[dict[str, Any]]:
    for wrong, (right, kind) in WRONG.items():
        for found in re.finditer(rf"\b{wrong}\b", line[3], re.IGNORECASE):
            yield {
                "line": int(line[0]),
                "said": found[0],
                "better": right,
                "type": kind,
                "explanation": f"It is {right}.",
                "confidence": 0.9,
            }


def moments_in(lines: list[tuple[str, str, str, str]]) -> list[dict[str, Any]]:
    """About half a minute before each praise, the last one the best."""
    praises = [line for line in lines if line[1] == "tutor" and PRAISE.search(line[3])]
    return [
        {
            "first": next(int(other[0]) for other in lines if float(other[2]) >= float(line[2]) - 28),
            "last": int(line[0]),
            "title": "A perfect sentence",
            "hook": 12.0 + number,
            "flow": 15.0,
            "value": 20.0,
            "emotion": 15.0,
        }
        for number, line in enumerate(praises)
    ]


def exercise(number: str, sentence: str, answer: str, said: str) -> dict[str, Any]:
    return {"number": int(number), "prompt": "Mira la forma.", "distractors": [f"been {answer.lower()}"]}


def embedded(asked: Asked, form: Callable[[list[float]], Any] | None = None) -> Given:
    """Vectors in which every word has its place, so that texts which share words are near each other."""
    count = asked.body["dimensions"]
    in_form = form or (packed if asked.body.get("encoding_format") == "base64" else list)
    data = [
        {"object": "embedding", "index": index, "embedding": in_form(vector_of(text, count))}
        for index, text in enumerate(asked.body["input"])
    ]
    tokens = sum(map(len, asked.body["input"])) // 4
    told = {
        "object": "list",
        "data": data[::-1],
        "model": asked.body["model"],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    return Given(200, json.dumps(told).encode())


def vector_of(text: str, count: int) -> list[float]:
    numbers = [0.0] * count
    for word in re.findall(r"\w+|\W", text.lower()):
        numbers[int.from_bytes(sha256(word.encode()).digest()[:4], "big") % count] += 1.0 if word.isalnum() else 0.01
    length = math.sqrt(sum(one * one for one in numbers))
    return [one / length for one in numbers]


def packed(numbers: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def faults_of(asked: Asked) -> str:
    """The code of what the real API would refuse in a request, or nothing."""
    body = asked.body
    if not isinstance(body.get("model"), str) or "input" not in body:
        return "missing_required_parameter"
    if body.keys() - KNOWN[asked.path]:
        return "unknown_parameter"
    if asked.path == "/v1/embeddings":
        texts = body["input"]
        return "" if texts and len(texts) <= 2048 and all(texts) else "invalid_input"
    form = body.get("text", {}).get("format", {})
    if form.get("type") != "json_schema" or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", form.get("name", "")):
        return "invalid_format"
    if form["schema"].get("type") != "object" or (form.get("strict") and list(breaches(form["schema"]))):
        return "invalid_json_schema"
    return ""


def breaches(schema: Any) -> Iterator[str]:
    """What strict structured outputs do not take in a schema."""
    if not isinstance(schema, dict):
        return
    yield from schema.keys() - ALLOWED
    if "$ref" in schema and len(schema) > 1:
        yield "$ref with siblings"
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or {*schema.get("required", [])} != {*properties}:
            yield "an object with other or optional properties"
    for group in ("properties", "$defs"):
        for one in schema.get(group, {}).values():
            yield from breaches(one)
    for one in [schema.get("items"), *schema.get("anyOf", [])]:
        yield from breaches(one)
