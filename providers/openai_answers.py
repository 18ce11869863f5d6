"""What OpenAI's models are asked, the strict shapes of their answers, and how an answer is read."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lessons.errors import BadAnswer, ContentRefused, LessonError, vendor_error
from lessons.mistakes import MistakeType
from lessons.prompts import Prompt
from providers.openai_server import CONTENT, VENDOR, Kept

LARGEST = 1 << 20
"""Bytes of an answer; one of ours has a few thousand."""

S = TypeVar("S", bound="Shape")


class Shape(BaseModel):
    """The shape of an answer, as strict structured outputs want it: all is required, and nothing else is let in."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class ToldMistake(Shape):
    line: int
    said: str
    better: str
    type: MistakeType
    explanation: str
    confidence: float


class ToldMistakes(Shape):
    mistakes: list[ToldMistake]


class ToldMoment(Shape):
    first: int
    last: int
    title: str
    hook: float
    flow: float
    value: float
    emotion: float


class ToldMoments(Shape):
    moments: list[ToldMoment]


class ToldDrill(Shape):
    number: int
    prompt: str
    distractors: list[str]


class ToldDrills(Shape):
    drills: list[ToldDrill]


class ToldSummary(Shape):
    text: str
    key_points: list[str]


class Truncated(BadAnswer):
    """The answer ends before it should."""


@dataclass(frozen=True)
class Question(Generic[S]):
    """A prompt, and the shape of its answer."""

    operation: str
    prompt: Prompt
    shape: type[S]

    @property
    def again(self) -> "Question[S]":
        """What is asked, once, of one whose answer was of no use."""
        return Question(f"{self.operation}-repair", self.prompt.again, self.shape)

    @property
    def asked(self) -> dict[str, Any]:
        """The question as the Responses API takes it."""
        schema = self.shape.model_json_schema()
        form = {"type": "json_schema", "name": self.shape.__name__, "strict": True, "schema": schema}
        return {"instructions": self.prompt.instructions, "input": self.prompt.data, "text": {"format": form}}


class Piece(Kept):
    type: str | None = None
    text: str | None = None


class Item(Kept):
    type: str | None = None
    content: list[Piece] | None = None


class Incomplete(Kept):
    reason: str | None = None


class Failed(Kept):
    code: str | None = None


class Answer(Kept):
    status: str | None = None
    error: Failed | None = None
    incomplete_details: Incomplete | None = None
    output: list[Item] | None = None


def read(body: bytes, shape: type[S]) -> S:
    """What an answer says.

    Raises ContentRefused for a refusal, Truncated, BadAnswer for another shape, ProviderUnavailable for a failure.
    """
    if len(body) > LARGEST:
        raise BadAnswer(f"{VENDOR}, {len(body) >> 20} MB")
    try:
        answer = Answer.model_validate_json(body)
        if unfinished := why_unfinished(answer):
            raise unfinished
        pieces = [piece for item in answer.output or () if item.type == "message" for piece in item.content or ()]
        if any(piece.type == "refusal" for piece in pieces):
            raise ContentRefused(VENDOR)
        said = "".join(piece.text or "" for piece in pieces if piece.type == "output_text")
        return shape.model_validate_json(said)
    except ValidationError:
        raise BadAnswer(VENDOR) from None


def why_unfinished(answer: Answer) -> LessonError | None:
    """What an answer that is not completed says of why."""
    code = (answer.error and answer.error.code) or ""
    reason = answer.incomplete_details and answer.incomplete_details.reason
    match answer.status:
        case "failed":
            return ContentRefused(VENDOR) if code in CONTENT else vendor_error(VENDOR, 500, code)
        case "incomplete":
            return ContentRefused(VENDOR) if reason == "content_filter" else Truncated(f"{VENDOR}, cut short")
        case _:
            return None


def code_of(flaw: LessonError) -> str:
    match flaw:
        case ContentRefused():
            return "refused"
        case Truncated():
            return "truncated"
        case _:
            return "bad_answer"
