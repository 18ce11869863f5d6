"""What S3's errors mean to a lesson, told without the keys and addresses that they hold."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError

from lessons.errors import LessonError, OperatorAction, RecordingMissing, StorageUnavailable, Unavailable, vendor_error

TRANSIENT = frozenset({"RequestTimeout", "BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"})
"""400s that mean a bad connection."""

REMEDIES = {
    "NoSuchBucket": "make the bucket, or correct STUDIO_STORAGE__ENDPOINT",
    "AuthorizationHeaderMalformed": "correct STUDIO_STORAGE__REGION",
    "PermanentRedirect": "correct STUDIO_STORAGE__REGION or STUDIO_STORAGE__ENDPOINT",
    "InvalidAccessKeyId": "correct STUDIO_STORAGE__ACCESS_KEY",
    "SignatureDoesNotMatch": "correct STUDIO_STORAGE__SECRET_KEY, or STUDIO_STORAGE__REGION",
    "RequestTimeTooSkewed": "set this machine's clock",
}
ANY_REMEDY = "see that STUDIO_STORAGE__ACCESS_KEY and STUDIO_STORAGE__SECRET_KEY may read, write, list and delete"


FAILED_DELETE = r'DeleteFailed \{\s*path: "[^"]*",\s*code: "(\w{1,60})"'
"""What obstore says of a refusal for which S3 answers 200, with a code for each key."""


class NotAllowed(OperatorAction):
    """The key lacks a right."""


@contextmanager
def told() -> Iterator[None]:
    """Tell obstore's errors in the words of the port; their own hold keys and addresses."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise error_of(str(error)) from None


def error_of(said: str) -> LessonError:
    """What an answer means: S3's code, where its body has one, and its HTTP status.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    code, status = first(r"<Code>(\w{1,60})</Code>", said), int(first(r"status code: (\d{3})", said) or 0)
    if refused := first(FAILED_DELETE, said):
        code, status = refused, 403 if refused == "AccessDenied" else 0
    if 300 <= status < 400 or "redirect" in said.partition("\n")[0]:
        return operator_action("storage", "PermanentRedirect")
    if status == 404 and code in ("NoSuchKey", ""):
        return RecordingMissing()
    error = vendor_error("storage", None if code in TRANSIENT else status or None, code, refused=OperatorAction)
    return StorageUnavailable(error.detail) if isinstance(error, Unavailable) else operator_action(error.detail, code)


def operator_action(detail: str, code: str) -> OperatorAction:
    kind = NotAllowed if code == "AccessDenied" else OperatorAction
    return kind(f"{detail}: {REMEDIES.get(code, ANY_REMEDY)}")


def first(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    return found[1] if found else ""
