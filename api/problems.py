"""What can go wrong, told as problem+json (RFC 9457): every code is documented under /problems."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.services import Services
from db.session import is_away
from lessons.errors import (
    DatabaseUnavailable,
    LessonError,
    NoDiskSpace,
    PermanentError,
    RecordingMissing,
    Unavailable,
    places,
)

log = logging.getLogger("studio.api")


@dataclass(frozen=True)
class Kind:
    """One kind of problem; `status` is 0 for what only ever stands on a lesson."""

    status: int
    sentence: str
    remedy: str
    retryable: bool = False


KINDS: dict[str, Kind] = {
    "bad_request": Kind(400, "The request cannot be understood.", "Correct it."),
    "unparsable": Kind(400, "The body is not what it should be.", "Send one JSON object."),
    "no_token": Kind(401, "There is no token.", "Send `Authorization: Bearer <token>`."),
    "bad_token": Kind(401, "The token is not valid, or no longer.", "Sign in again."),
    "bad_signature": Kind(401, "The event is not signed by LiveKit.", "Check the API key, its secret and the clock."),
    "tutor_only": Kind(403, "Only a tutor may do that, with her own lessons.", "Ask the tutor."),
    "bad_link": Kind(403, "This link was changed, or it has expired.", "Ask the API for a new one."),
    "not_studio": Kind(403, "The tutor has no Studio, to which classrooms belong.", "Ask the tutor."),
    "not_yours": Kind(403, "This booking is somebody else's.", "Check who is signed in."),
    "withdraw_only": Kind(
        403, "Once the classroom has closed, a link only withdraws.", "Sign in to agree, if there is an account."
    ),
    "not_found": Kind(404, "There is nothing here that you may see.", "Check the address and who is signed in."),
    "no_transcript": Kind(404, "The lesson has no transcript.", "Look at its status; it may still come."),
    "method_not_allowed": Kind(405, "This address does not take that method.", "See the header Allow."),
    "too_early": Kind(409, "The classroom is not open yet.", "Come back a little before the lesson.", retryable=True),
    "no_consent": Kind(409, "The student has not agreed to be recorded.", "Ask the student to agree, in the room."),
    "not_together": Kind(
        409, "You are not both in the room.", "It is recorded by itself as soon as you are.", retryable=True
    ),
    "not_failed": Kind(409, "The lesson is on its way.", "Wait until it ends, or cancel it."),
    "being_announced": Kind(
        409, "The lesson is ready and still being announced.", "Try again in a moment.", retryable=True
    ),
    "not_begun": Kind(409, "The lesson waits to be begun.", "Try again in a moment.", retryable=True),
    "bad_stage": Kind(409, "The lesson did not get to that stage.", "Retry from the stage that failed, or before."),
    "too_late": Kind(410, "The classroom has closed.", "Book another lesson."),
    "booking_cancelled": Kind(410, "The lesson was cancelled.", "Book another one."),
    "too_large": Kind(413, "The body is too large.", "Send less."),
    "no_such_range": Kind(416, "The file has no such bytes.", "Ask for a range within its length."),
    "invalid": Kind(422, "Something in the request is not valid.", "Correct what `errors` names."),
    "key_reused": Kind(422, "The Idempotency-Key stands for another request.", "Send a new key."),
    "internal": Kind(500, "Something unforeseen happened.", "The API's log tells where.", retryable=True),
    "body_too_slow": Kind(503, "The body did not come in time.", "Send it again.", retryable=True),
    "temporal_unavailable": Kind(
        503,
        "Temporal or its workers do not answer.",
        "Try again in a moment; `studio doctor` tells what is down.",
        True,
    ),
    "not_recording": Kind(
        503,
        "Nothing records the lesson yet.",
        "Ask how it stands in a moment; `studio doctor` tells what is down.",
        True,
    ),
    "still_recording": Kind(
        503, "The recording has not stopped yet.", "Ask how it stands in a moment.", retryable=True
    ),
    "keys_unavailable": Kind(503, "The keys of tokens cannot be had.", "Try again in a moment.", retryable=True),
}

OF_LESSONS: dict[str, Kind] = {
    "cancelled": Kind(0, "The lesson was cancelled.", "Retry it to go on.", retryable=True),
    "no_answer": Kind(0, "A step did not answer in time.", "Retry the lesson; look at the workers.", retryable=True),
    "late_recording": Kind(
        0,
        "A recording arrived after the lesson was processed.",
        "Retry from capture to include it.",
        retryable=True,
    ),
}


@cache
def documented() -> dict[str, Kind]:
    """Every code that an answer or a lesson can carry."""
    of_errors = {kind.code: kind_of(kind) for kind in all_errors(LessonError)}
    return KINDS | OF_LESSONS | of_errors


def all_errors(kind: type[LessonError]) -> Iterator[type[LessonError]]:
    if "code" in vars(kind):
        yield kind
    for narrower in kind.__subclasses__():
        yield from all_errors(narrower)


def kind_of(error: type[LessonError]) -> Kind:
    statuses = {RecordingMissing: 404, NoDiskSpace: 507, Unavailable: 503}
    status = next((status for kind, status in statuses.items() if issubclass(error, kind)), 0)
    return Kind(status, error.sentence, error.remedy, retryable=not issubclass(error, PermanentError))


class Fault(msgspec.Struct):
    """What is wrong with one field of a request; `field` is empty for the whole."""

    field: str
    problem: str


class Problem(HTTPException):
    """An answer that tells one of the documented problems; `errors` lists what is wrong where."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        kind = documented()[code]
        self.code, self.kind, self.errors = code, kind, errors
        super().__init__(kind.status, detail or f"{kind.sentence} {kind.remedy}", headers)

    def answer(self, public_url: str) -> Response:
        told: dict[str, Any] = {
            "type": f"{public_url}/problems/{self.code}",
            "title": self.kind.sentence,
            "status": self.status_code,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            told["errors"] = self.errors
        body = msgspec.json.encode(told)
        return Response(body, self.status_code, self.headers, media_type="application/problem+json")


OF_STATUS: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 416: "no_such_range"}


def problem_of(error: Exception) -> Problem:
    """The problem that an error is to whoever asked; its own text stays here."""
    match error:
        case Problem():
            return error
        case HTTPException(status_code=status, headers=headers):
            return Problem(OF_STATUS.get(status, "bad_request"), headers=headers)
        case LessonError() if kind_of(type(error)).status:
            return Problem(error.code, str(error))
        case ClientDisconnect():
            return Problem("bad_request")
        case _ if is_away(error):
            return problem_of(DatabaseUnavailable())
        case _:
            log.error("%s at %s", type(error).__name__, places(error))
            return Problem("internal")


async def tell(request: Request[Services], error: Exception, fault: Callable[[str], Any] | None = None) -> Response:
    """Answer what went wrong as a problem, or as the `fault` that its text makes."""
    problem = problem_of(error)
    if fault is None:
        return problem.answer(request.state["public_url"])
    body = msgspec.json.encode(fault(problem.detail))
    headers = {"cache-control": "no-store", **(problem.headers or {})}
    return Response(body, problem.status_code, headers, media_type="application/json")
