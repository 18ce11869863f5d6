"""A real S3 server for the tests: SeaweedFS, with our two buckets, of which anyone reads one."""

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2
import obstore
from obstore.store import S3Store

from providers.s3 import S3FileStore
from studio.children import Part
from studio.ports import any_port

PORTS = ("volume.port", "filer.port")
QUIET = ("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false")
SMALL = ("-master.volumeSizeLimitMB=64", "-volume.max=100", "-s3.autoCreateBucket=false")

RIGHTS = ("Read", "Write", "List", "Tagging")
LIMITED = {lacking: f"key-without-{lacking.lower()}" for lacking in ("Read", "Write", "List")}
"""Access keys that lack one right each, by it; their secret is that of the key that may do everything."""


@dataclass(frozen=True)
class Seaweed:
    """Where the server is, and the key that may do everything there; its own shell is told `master`."""

    endpoint: str
    access_key: str = "studio-key"
    secret_key: str = "studio-secret-of-s3"
    master: str = field(default_factory=lambda: f"127.0.0.1:{any_port()}.{any_port()}")

    def store(self, bucket: str) -> S3FileStore:
        return S3FileStore(bucket, self.endpoint, self.access_key, self.secret_key)


def seaweed_server(seaweed: Seaweed, folder: Path) -> Part:
    """The server; it is ready when it has the buckets."""
    data, port = folder / "data", seaweed.endpoint.rpartition(":")[2]
    data.mkdir(parents=True)
    people = folder / "people.json"
    people.write_text(json.dumps(people_of(seaweed)))
    ports = {"s3.port": port} | {name: str(any_port()) for one in PORTS for name in (one, f"{one}.grpc")}
    places = {"dir": data, "s3.config": people, "filer.localSocket": folder / "filer", "s3.localSocket": folder / "s3"}
    options: dict[str, str | Path] = {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        **ports,
        **dict(zip(("master.port", "master.port.grpc"), seaweed.master.partition(":")[2].split("."), strict=True)),
        "s3.port.grpc": str(any_port()),
        **places,
    }
    named = [f"-{name}={value}" for name, value in options.items()]
    program = Path(sys.executable).parent / "weed"
    return Part("seaweed", [program, "server", "-filer", "-s3", *QUIET, *SMALL, *named], makes_buckets(seaweed))


def people_of(seaweed: Seaweed) -> dict[str, object]:
    key = {"accessKey": seaweed.access_key, "secretKey": seaweed.secret_key}
    us = {"name": "studio", "credentials": [key], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    limited = [
        {
            "name": name,
            "credentials": [{**key, "accessKey": name}],
            "actions": [one for one in RIGHTS if one != lacking],
        }
        for lacking, name in LIMITED.items()
    ]
    return {"identities": [us, *limited, {"name": "anonymous", "actions": ["Read:marketing-clips"]}]}


def makes_buckets(seaweed: Seaweed) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return await made(seaweed, "recordings") and await made(seaweed, "marketing-clips")

    return ready


async def made(seaweed: Seaweed, bucket: str) -> bool:
    """Make a bucket; false while the server cannot."""
    store = S3Store(
        bucket,
        endpoint=seaweed.endpoint,
        access_key_id=seaweed.access_key,
        secret_access_key=seaweed.secret_key,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    try:
        async with httpx2.AsyncClient() as http:
            answer = await http.put(await obstore.sign_async(store, "PUT", "", timedelta(minutes=1)))
    except httpx2.TransportError:
        return False
    return answer.status_code in (200, 409)
