"""File storage in a folder: one bucket, whose signed URLs `api/files.py` answers."""

import asyncio
import errno
import hmac
import os
import shutil
import stat
import time
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from lessons.errors import BadTranscript, NoDiskSpace, RecordingMissing, StorageUnavailable
from providers.object_keys import bounded, checked

INCOMING = ".incoming"
DAY = 24 * 3600
LARGEST = 20 * 10**9


@dataclass(frozen=True)
class DiskFileStore:
    """A FileStore on the folder `home/bucket`; whoever knows `secret` can sign for it.

    Keys are made of ids; what cannot be a key is an object that is not there. Objects of a public bucket are
    read without a signature.
    """

    home: Path
    bucket: str
    base_url: str
    secret: str = field(repr=False)
    public: bool = False
    largest: int = LARGEST

    @property
    def folder(self) -> Path:
        return self.home / self.bucket

    async def check(self, keeps_first: bool = True) -> None:
        await self.reach()

    async def reach(self) -> None:
        with told():
            await asyncio.to_thread(self.folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            await asyncio.to_thread(self.sweep)

    def sweep(self) -> None:
        """Remove drafts of a day ago: whoever wrote them was killed."""
        for draft in (self.folder / INCOMING).glob("*"):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < time.time() - DAY:
                    draft.unlink()

    async def near_url(self, key: str, seconds: int = 300) -> str:
        return await self.signed_url(key, seconds)

    async def signed_url(self, key: str, seconds: int = 300) -> str:
        return self.url("GET", key, seconds)

    async def upload_url(self, key: str, seconds: int = 900) -> str:
        return self.url("PUT", key, seconds)

    def public_url(self, key: str) -> str:
        return f"{self.base_url}/files/{self.bucket}/{checked(key)}"

    def url(self, method: str, key: str, seconds: int) -> str:
        expires = str(int(time.time()) + seconds)
        query = f"expires={expires}&signature={self.signature(method, key, expires)}"
        return f"{self.public_url(key)}?{query}"

    def signature(self, method: str, key: str, expires: str) -> str:
        """HMAC-SHA256 over everything that the URL allows."""
        allowed = "\n".join((method, self.bucket, key, expires))
        return hmac.digest(self.secret.encode(), allowed.encode(), "sha256").hex()

    def allows(self, method: str, key: str, expires: str, signature: str) -> bool:
        """Whether a URL with this signature was made for this method and key, and has not expired."""
        expected = self.signature(method, key, expires)
        genuine = hmac.compare_digest(expected.encode(), signature.encode())
        return genuine and int(expires) > time.time()

    def path_of(self, key: str) -> Path:
        """Where the object lies; raises RecordingMissing for what cannot be a key."""
        return self.folder / checked(key)

    async def stat(self, key: str) -> os.stat_result:
        """What the disk knows of the object; raises RecordingMissing."""
        with told():
            found = await asyncio.to_thread(self.path_of(key).stat)
        if not stat.S_ISREG(found.st_mode):
            raise RecordingMissing
        return found

    async def size(self, key: str) -> int | None:
        try:
            return (await self.stat(key)).st_size
        except RecordingMissing:
            return None

    async def keys(self, prefix: str) -> list[str]:
        whole = self.folder / bounded(prefix)
        with told():
            found = await asyncio.to_thread(lambda: [path for path in whole.rglob("*") if path.is_file()])
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    async def read(self, key: str, most: int) -> bytes:
        if (await self.stat(key)).st_size > most:
            raise BadTranscript(f"it has more than {most} bytes")
        with told():
            return await asyncio.to_thread(self.path_of(key).read_bytes)

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        with told():
            await asyncio.to_thread(copy, source, self.folder, self.path_of(key), replace)

    async def receive(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        """Store what arrives, whole or not at all: if `chunks` raises, nothing is stored."""
        path = self.path_of(key)
        with told():
            draft = await asyncio.to_thread(Draft, self.folder)
            try:
                async for chunk in chunks:
                    await asyncio.to_thread(draft.file.write, chunk)
                await asyncio.to_thread(draft.keep, path)
            finally:
                await asyncio.to_thread(draft.discard)

    async def delete(self, prefix: str) -> None:
        whole = self.folder / bounded(prefix)
        with told():
            await asyncio.to_thread(unlink_below if prefix.endswith("/") else unlink, whole)


class Draft:
    """An object on its way into a bucket's folder: no key names it, and it takes its place at once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / INCOMING / uuid4().hex
        self.path.parent.mkdir(exist_ok=True)
        self.file = self.path.open("xb")

    def keep(self, path: Path, replace: bool = True) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        if replace:
            self.path.replace(path)
            return
        with suppress(FileExistsError):
            path.hardlink_to(self.path)

    def discard(self) -> None:
        """Clear what was not kept."""
        with suppress(OSError):
            self.file.close()
        self.path.unlink(missing_ok=True)


def unlink(path: Path) -> None:
    if path.is_file():
        path.unlink(missing_ok=True)


def unlink_below(folder: Path) -> None:
    for path in list(folder.rglob("*")):
        unlink(path)


def copy(source: Path, folder: Path, path: Path, replace: bool) -> None:
    draft = Draft(folder)
    try:
        with source.open("rb") as whole:
            shutil.copyfileobj(whole, draft.file, 2**20)
        draft.keep(path, replace)
    finally:
        draft.discard()


@contextmanager
def told() -> Iterator[None]:
    """Tell the disk's errors in the words of the port."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise RecordingMissing from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (NoDiskSpace if full else StorageUnavailable) from None
