"""An S3 server for the tests: remembers every request, fails when it is told to, and looks at no signature."""

import re
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from http.server import ThreadingHTTPServer
from threading import Event
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from tests.vendors.serving import Calm, serving

PIECE = 1 << 16
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Fault:
    """An answer out of turn: a status with S3's code or another body, none ever, or a reset after some bytes of it.

    Or the usual one, so many seconds late.
    """

    status: int = 0
    code: str = ""
    body: str = ""
    location: str = ""
    resets_after: int | None = None
    late: float = 0.0


def refusal(status: int, code: str) -> Fault:
    return Fault(status, code)


STALL = Fault()


class S3StandIn(ThreadingHTTPServer):
    """`requests` are all that came; `script` answers the next ones, None as usual; `always` answers every one.

    What came has S3's ETag, or one of its own making. No more than `largest` bytes are taken or copied at once, and
    `rate` of them are sent in a second; `comes` has objects that somebody else puts while a key's parts are sent.
    `conditions` are known, ignored, or refused; `may_delete` may be turned off.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.requests: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.script: deque[Fault | None] = deque()
        self.always: Fault | None = None
        self.etags: dict[str, str] = {}
        self.makes_own_etags = False
        self.largest = 5 << 30
        self.rate = 0
        self.comes: dict[str, bytes] = {}
        self.conditions: Literal["known", "ignored", "refused"] = "known"
        self.may_delete = True
        self.over = Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(Calm):
    wbufsize = 1 << 16
    server: S3StandIn

    def answer_any(self) -> None:
        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(f"{self.command} {where.path}")
        fault = self.server.script.popleft() if self.server.script else self.server.always
        if fault is None or fault.late:
            time.sleep(fault.late if fault else 0)
            self.answer_well(where.path.lstrip("/"), parse_qs(where.query, keep_blank_values=True), body)
        elif fault.status:
            self.refuse(fault)
        elif fault.resets_after is not None:
            self.reset(where.path.lstrip("/"), fault.resets_after)
        else:
            self.server.over.wait()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer_any

    def answer_well(self, name: str, query: dict[str, list[str]], body: bytes) -> None:
        objects, copied = self.server.objects, self.headers.get("x-amz-copy-source", "").lstrip("/")
        match self.command:
            case "GET" if "list-type" in query:
                self.send_xml("ListBucketResult", "<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>")
            case "GET" | "HEAD" if name in objects:
                self.send_object(objects[name])
            case "GET" | "HEAD":
                self.refuse(refusal(404, "NoSuchKey"))
            case "PUT" | "POST" if self.is_conditional and self.server.conditions == "refused":
                self.refuse(refusal(501, "NotImplemented"))
            case "PUT" | "POST" if self.is_conditional and self.server.conditions == "known" and name in objects:
                self.refuse(refusal(412, "PreconditionFailed"))
            case "PUT" if copied and len(objects[copied]) > self.server.largest:
                self.refuse(refusal(400, "InvalidRequest"))
            case "PUT" if len(body) > self.server.largest:
                self.refuse(refusal(400, "EntityTooLarge"))
            case "PUT" if copied and "partNumber" in query:
                objects[f"{name}#{query['partNumber'][0]}"] = objects[copied]
                self.send_xml("CopyPartResult", '<ETag>"one"</ETag>')
            case "PUT" if copied:
                objects[name] = objects[copied]
                self.send_xml("CopyObjectResult", '<ETag>"one"</ETag>')
            case "PUT" if "partNumber" in query:
                objects[f"{name}#{query['partNumber'][0]}"] = body
                objects.update({name: self.server.comes.pop(name)} if name in self.server.comes else {})
                self.send(200, b"", ETag='"one"')
            case "PUT":
                objects[name], self.server.etags[name] = body, md5(body, usedforsecurity=False).hexdigest()
                self.send(200, b"", ETag=f'"{self.etag(name)}"')
            case "POST" if "uploads" in query:
                self.send_xml("InitiateMultipartUploadResult", "<UploadId>1</UploadId>")
            case "POST" if "uploadId" in query:
                parts = sorted(one for one in objects if one.startswith(f"{name}#"))
                pieces = [objects.pop(one) for one in parts]
                objects[name], self.server.etags[name] = b"".join(pieces), etag_of(pieces)
                self.send_xml("CompleteMultipartUploadResult", '<ETag>"one"</ETag>')
            case "POST":
                keys = re.findall("<Key>(.*?)</Key>", body.decode())
                self.send_xml("DeleteResult", "".join(self.deleted(name, key) for key in keys))
            case _:
                for part in [one for one in objects if one.startswith(f"{name}#")]:
                    del objects[part]
                self.send(204, b"")

    @property
    def is_conditional(self) -> bool:
        """Whether the request is to make an object only where none is."""
        return self.headers.get("If-None-Match") == "*"

    def deleted(self, bucket: str, key: str) -> str:
        if not self.server.may_delete:
            return f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>planted words</Message></Error>"
        self.server.objects.pop(f"{bucket}/{key}", None)
        return f"<Deleted><Key>{key}</Key></Deleted>"

    def send_xml(self, kind: str, within: str) -> None:
        self.send(200, f"{XML}<{kind}>{within}</{kind}>".encode())

    def etag(self, name: str) -> str:
        return "one" if self.server.makes_own_etags else self.server.etags.get(name, "one")

    def send_object(self, whole: bytes) -> None:
        name = urlsplit(self.path).path.lstrip("/")
        known = {
            "ETag": f'"{self.etag(name)}"',
            "Last-Modified": "Mon, 23 Nov 2026 03:00:00 GMT",
            "Accept-Ranges": "bytes",
        }
        asked = self.headers.get("Range", "").removeprefix("bytes=")
        if not asked:
            self.send(200, whole, **known)
            return
        first, _, last = asked.partition("-")
        part = whole[int(first) : int(last or len(whole)) + 1]
        span = f"bytes {first}-{int(first) + len(part) - 1}/{len(whole)}"
        self.send(206, part, **known, **{"Content-Range": span})

    def refuse(self, fault: Fault) -> None:
        detail = f"<Resource>{self.path}</Resource><AWSAccessKeyId>planted-key</AWSAccessKeyId>"
        body = fault.body or f"{XML}<Error><Code>{fault.code}</Code><Message>planted words</Message>{detail}</Error>"
        headers = {"Location": fault.location} if fault.location else {}
        self.send(fault.status, body.encode(), **headers)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            for start in range(0, len(body), PIECE):
                self.wfile.write(body[start : start + PIECE])
                time.sleep(PIECE / self.server.rate if self.server.rate else 0)

    def reset(self, name: str, after: int) -> None:
        """Promise the whole object, send some bytes of it, and reset the connection (RST)."""
        whole = self.server.objects.get(name, b"")
        first = int(re.sub(r"\D.*", "", self.headers.get("Range", "0").removeprefix("bytes=")))
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Content-Length", str(len(whole) - first))
        self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 03:00:00 GMT")
        self.end_headers()
        self.wfile.write(whole[first : first + after])
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def etag_of(parts: list[bytes]) -> str:
    digests = b"".join(md5(part, usedforsecurity=False).digest() for part in parts)
    return f"{md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


@contextmanager
def s3_stand_in() -> Iterator[S3StandIn]:
    server = S3StandIn()
    with serving(server):
        try:
            yield server
        finally:
            server.over.set()
