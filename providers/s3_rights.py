"""What a key may do in a bucket, found out with one small object of its own."""

from collections.abc import Awaitable
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from lessons.errors import OperatorAction, RecordingMissing, StorageUnavailable
from providers.s3_errors import NotAllowed, operator_action, told

TRIED = b"studio doctor tries this bucket; delete me"
HOW = "allow it to the key in STUDIO_STORAGE__ACCESS_KEY, or set a key that may, with its STUDIO_STORAGE__SECRET_KEY"
REPLACES = (
    "it does not know If-None-Match, by which the parts of a recording are closed once: "
    "use a storage that does, or set STUDIO_LIVEKIT__RECORDER=egress"
)


async def list_bucket(objects: S3Store) -> None:
    """Ask for one small thing. Raises OperatorAction, StorageUnavailable."""
    try:
        with told():
            await obstore.list_with_delimiter_async(objects, "none")
    except RecordingMissing:
        raise operator_action("storage", "NoSuchBucket") from None


async def try_bucket(objects: S3Store, keeps_first: bool) -> None:
    """List, write, read back and delete; leaves nothing where the storage answers and lets the key delete.

    Raises OperatorAction with all rights that are missing, or where `keeps_first` is asked for and not so.
    """
    key, is_kept, lacking = f"checks/{uuid4()}", True, []
    if not await is_allowed(list_bucket(objects)):
        lacking.append("list")
    if not await is_allowed(write(objects, key)):
        lacking.append("write")
    else:
        is_kept = not keeps_first or await is_kept_first(objects, key)
        lacking += [
            name for name, use in (("read", read), ("delete", delete)) if not await is_allowed(use(objects, key))
        ]
    if lacking:
        raise OperatorAction(f"the key may not {' and not '.join(lacking)}: {HOW}")
    if not is_kept:
        raise OperatorAction(REPLACES)


async def is_allowed(asked: Awaitable[None]) -> bool:
    try:
        await asked
    except NotAllowed:
        return False
    return True


async def write(objects: S3Store, key: str) -> None:
    with told():
        await obstore.put_async(objects, key, TRIED, use_multipart=False)


async def read(objects: S3Store, key: str) -> None:
    """Read back what was written; raises StorageUnavailable where it is something else."""
    try:
        with told():
            found = bytes(await (await obstore.get_async(objects, key)).bytes_async())
    except RecordingMissing:
        found = b""
    if found != TRIED:
        raise StorageUnavailable("other bytes arrived")


async def delete(objects: S3Store, key: str) -> None:
    with told():
        await obstore.delete_async(objects, key)


async def is_kept_first(objects: S3Store, key: str) -> bool:
    """Whether an object stays where another one is put on condition that there is none."""
    with told():
        try:
            await obstore.put_async(objects, key, TRIED, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return True
        except BaseError as error:
            if "<Code>NotImplemented</Code>" not in str(error):
                raise
    return False
