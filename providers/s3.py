"""File storage on S3-compatible servers, Supabase's S3 endpoint being one."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from lessons.errors import BadTranscript, OperatorAction, RecordingMissing, StorageUnavailable
from providers.hosts import is_url
from providers.object_keys import bounded, checked
from providers.s3_errors import told
from providers.s3_rights import list_bucket, try_bucket

if TYPE_CHECKING:
    from obstore.store import S3Credential

PART = 8 << 20
"""Larger files are sent in parts of so many bytes, `AT_ONCE` of them in memory."""

AT_ONCE = 2
LARGEST = 5 << 30
"""The most bytes that S3 takes by one PUT, or copies at once.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

COPIED = 4 << 20
"""The fewest bytes that a server copies in a second."""

RANGE = 64 << 20
"""As many bytes at a time are read back, so that how long that may take does not bound a file."""

INCOMING = ".incoming"
OTHER = "other bytes arrived"
SUPABASE = "/storage/v1/s3"
ANSWER_WITHIN = 100.0
CONNECT_WITHIN = timedelta(seconds=5)


class S3FileStore:
    """A FileStore on one bucket, addressed by path; nothing is asked a second time.

    URLs for others are signed for `sign_endpoint`, the host that they will use; `public_url` is where the
    objects of a public bucket are read. An answer has `patience` seconds, and one PUT or copy takes `largest` bytes.
    Also raises OperatorAction, with the setting to mend; for an address or a key that can be none at once.
    """

    def __init__(
        self,
        bucket: str,
        endpoint: str,
        access_key: str,
        secret_key: str,
        region: str = "us-east-1",
        sign_endpoint: str | None = None,
        public_url: str | None = None,
        patience: float = ANSWER_WITHIN,
        largest: int = LARGEST,
        read_back: int = RANGE,
    ) -> None:
        def at(host: str, more: float = 0.0) -> S3Store:
            return client(bucket, host, region, access_key, secret_key, patience + more)

        outside, access_key = sign_endpoint or endpoint, access_key.strip()
        refuse_impossible(endpoint, outside, access_key)
        self.bucket, self.largest, self.read_back = bucket, largest, read_back
        self.within = partial(at, endpoint)
        self.objects, self.signing = at(endpoint), at(outside)
        self.public_at = public_url or public_address(outside, bucket)

    async def signed_url(self, key: str, seconds: int = 300) -> str:
        return await self.url(self.signing, "GET", key, seconds)

    async def near_url(self, key: str, seconds: int = 300) -> str:
        return await self.url(self.objects, "GET", key, seconds)

    async def upload_url(self, key: str, seconds: int = 900) -> str:
        return await self.url(self.signing, "PUT", key, seconds)

    async def url(self, at: S3Store, method: Literal["GET", "PUT"], key: str, seconds: int) -> str:
        return await obstore.sign_async(at, method, checked(key), timedelta(seconds=seconds))

    def public_url(self, key: str) -> str:
        return f"{self.public_at}/{checked(key)}"

    async def reach(self) -> None:
        await list_bucket(self.objects)

    async def check(self, keeps_first: bool = True) -> None:
        await try_bucket(self.objects, keeps_first)

    @asynccontextmanager
    async def explained(self) -> AsyncIterator[None]:
        """Ask again for what is wrong: a HEAD does not say, and a missing bucket looks like a missing object."""
        try:
            with told():
                yield
        except (RecordingMissing, OperatorAction):
            await self.reach()
            raise

    async def size(self, key: str) -> int | None:
        try:
            async with self.explained():
                return (await obstore.head_async(self.objects, checked(key)))["size"]
        except RecordingMissing:
            return None

    async def keys(self, prefix: str) -> list[str]:
        found: list[str] = []
        async with self.explained():
            async for some in obstore.list(self.objects, bounded(prefix), chunk_size=1000):
                found += [one["path"] for one in some]
        return sorted(found)

    async def read(self, key: str, most: int) -> bytes:
        async with self.explained():
            found = await obstore.get_async(self.objects, checked(key))
            if found.meta["size"] > most:
                raise BadTranscript(f"it has more than {most} bytes")
            return bytes(await found.bytes_async())

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        checked(key + INCOMING)
        size = (await asyncio.to_thread(source.stat)).st_size
        try:
            async with self.explained():
                if size > self.largest:
                    await self.put_straight(key, source, size, content_type, replace)
                elif size > PART:
                    await self.put_in_parts(key, source, size, content_type, replace)
                else:
                    await self.put_at_once(key, source, content_type, replace)
        except RecordingMissing:
            raise StorageUnavailable from None

    async def put_at_once(self, key: str, source: Path, content_type: str, replace: bool) -> None:
        """Send a small file, and take it back where other bytes arrive."""
        with suppress(AlreadyExistsError):
            put = await obstore.put_async(
                self.objects,
                key,
                source,
                attributes={"Content-Type": content_type},
                mode="overwrite" if replace else "create",
                use_multipart=False,
            )
            if not await self.holds(key, put["e_tag"], await asyncio.to_thread(etag_of, source), source):
                await self.take_back(key)

    async def put_in_parts(self, key: str, source: Path, size: int, content_type: str, replace: bool) -> None:
        """Give a large file its key only when the server has it whole, and as it is here."""
        draft = key + INCOMING
        if not await self.arrives(draft, source, source, size, content_type):
            raise StorageUnavailable(OTHER)
        with suppress(AlreadyExistsError):
            await obstore.copy_async(self.within(more=size / COPIED), draft, key, overwrite=replace)
        await obstore.delete_async(self.objects, draft)

    async def put_straight(self, key: str, source: Path, size: int, content_type: str, replace: bool) -> None:
        """Send what is too large for a copy to its key, where it appears whole, and take it back where it is other.

        Where `replace` is off, an object that comes while the last `AT_ONCE` parts are sent and all are joined is
        replaced: obstore joins them on no condition.
        """
        if not replace and await self.size(key) is not None:
            return
        pieces = source if replace else self.unless_taken(key, source)
        with suppress(AlreadyExistsError):
            if not await self.arrives(key, pieces, source, size, content_type):
                await self.take_back(key)

    async def unless_taken(self, key: str, source: Path) -> AsyncIterator[bytes]:
        """A file in parts; raises AlreadyExistsError after them where an object has the key by then."""
        with await asyncio.to_thread(source.open, "rb") as whole:
            while piece := await asyncio.to_thread(whole.read, PART):
                yield piece
        if await self.size(key) is not None:
            raise AlreadyExistsError

    async def arrives(
        self, key: str, pieces: Path | AsyncIterable[bytes], source: Path, size: int, content_type: str
    ) -> bool:
        """Send a large file in parts; return whether the object is the file here."""
        sending = obstore.put_async(
            self.objects,
            key,
            pieces,
            attributes={"Content-Type": content_type},
            use_multipart=True,
            chunk_size=PART,
            max_concurrency=AT_ONCE,
        )
        _, expected = await asyncio.gather(sending, asyncio.to_thread(etag_in_parts, source))
        arrived = await obstore.head_async(self.objects, key)
        return arrived["size"] == size and await self.holds(key, arrived["e_tag"], expected, source)

    async def take_back(self, key: str) -> None:
        await obstore.delete_async(self.objects, key)
        raise StorageUnavailable(OTHER)

    async def holds(self, key: str, etag: str | None, expected: str, source: Path) -> bool:
        """Whether an object is the file here: by its ETag, and byte by byte where the server makes them otherwise."""
        if (etag or "").strip('"') == expected:
            return True
        size = (await obstore.head_async(self.objects, key))["size"]
        with await asyncio.to_thread(source.open, "rb") as own:
            for start in range(0, size, self.read_back):
                if not await self.reads_as(own, key, start, min(start + self.read_back, size)):
                    return False
            return not await asyncio.to_thread(own.read, 1)

    async def reads_as(self, own: BinaryIO, key: str, start: int, end: int) -> bool:
        """Whether these bytes of an object are the next ones of a file."""
        found = await obstore.get_async(self.objects, key, options={"range": (start, end)})
        async for piece in found.stream(min_chunk_size=PART):
            if bytes(piece) != await asyncio.to_thread(own.read, len(piece)):
                return False
        return True

    async def delete(self, prefix: str) -> None:
        async with self.explained():
            if not bounded(prefix).endswith("/"):
                await obstore.delete_async(self.objects, prefix)
                return
            async for found in obstore.list(self.objects, prefix, chunk_size=1000):
                await obstore.delete_async(self.objects, [one["path"] for one in found])


def etag_of(source: Path) -> str:
    """What S3 tells of a file, where it does not encrypt it with a key of KMS.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    return md5(source.read_bytes(), usedforsecurity=False).hexdigest()


def etag_in_parts(source: Path) -> str:
    """The same of one that came in our parts."""
    with source.open("rb") as whole:
        digests = [md5(piece, usedforsecurity=False).digest() for piece in iter(partial(whole.read, PART), b"")]
    return f"{md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def refuse_impossible(endpoint: str, outside: str, access_key: str) -> None:
    """Raise OperatorAction for what obstore would panic at."""
    is_key = bool(access_key) and access_key.isascii() and access_key.isprintable()
    possible = {"ENDPOINT": is_url(endpoint), "SIGN_ENDPOINT": is_url(outside), "ACCESS_KEY": is_key}
    for name in [name for name, is_possible in possible.items() if not is_possible]:
        raise OperatorAction(f"it can be none: correct STUDIO_STORAGE__{name}")


def client(bucket: str, endpoint: str, region: str, access_key: str, secret_key: str, patience: float) -> S3Store:
    """What speaks to one bucket; the AWS_* variables, which it reads too, decide nothing."""

    def credentials() -> "S3Credential":
        return {"access_key_id": access_key, "secret_access_key": secret_key, "token": None, "expires_at": None}

    return S3Store(
        bucket,
        config={
            "endpoint": endpoint,
            "aws_endpoint_url_s3": endpoint,
            "region": region,
            "virtual_hosted_style_request": False,
            "skip_signature": False,
            "copy_if_not_exists": "multipart",
        },
        client_options={
            "allow_http": endpoint.startswith("http:"),
            "connect_timeout": CONNECT_WITHIN,
            "timeout": timedelta(seconds=patience),
        },
        retry_config={"max_retries": 0},
        credential_provider=credentials,
    )


def public_address(endpoint: str, bucket: str) -> str:
    """Where anyone reads a public bucket: Supabase has an address of its own for that."""
    if endpoint.endswith(SUPABASE):
        return f"{endpoint.removesuffix('/s3')}/object/public/{bucket}"
    return f"{endpoint}/{bucket}"
