"""What travels between workflow and activities: ids, counts and enums, never content.

Old histories must still be read: a new field comes last and has a default.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

OPEN_AFTER = timedelta(hours=1)
"""For so long after a booking's end people may enter its classroom, where nothing else is told."""


class Stage(StrEnum):
    """The stages of a lesson, in order; extract, clip and index run side by side."""

    CAPTURE = "capture"
    FETCH = "fetch"
    TRANSCRIBE = "transcribe"
    EXTRACT = "extract"
    CLIP = "clip"
    INDEX = "index"
    NOTIFY = "notify"

    @property
    def order(self) -> int:
        return list(Stage).index(self)


class LessonStatus(StrEnum):
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StageStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Nothing(StrEnum):
    """Why a completed lesson has no results."""

    NOT_RECORDED = "not_recorded"
    STUDENT_SILENT = "student_silent"
    NO_SPEECH = "no_speech"
    NO_SHOW = "no_show"
    NO_CONSENT = "no_consent"
    NO_AI_CONSENT = "no_ai_consent"


@dataclass(frozen=True)
class Lesson:
    """Which lesson it is, where its work begins, and the address at which people find it.

    `seconds` is its length, known to a lesson that begins behind fetch; `closes_at` is when nobody may enter its
    classroom any more, an hour after the booking's end if it is not told.
    """

    booking_id: str
    lesson_id: str
    tutor_id: str
    student_id: str
    booked_until: datetime
    link: str = ""
    from_stage: Stage = Stage.CAPTURE
    seconds: float = 0.0
    closes_at: datetime | None = None

    @property
    def open_until(self) -> datetime:
        return self.closes_at or self.booked_until + OPEN_AFTER


@dataclass(frozen=True)
class Session:
    """A classroom that is to be watched: whose it is, as whom they enter it, and when the booking ends.

    `closes_at` is when nobody may enter any more, an hour later if it is not told.
    """

    booking_id: str
    tutor_id: str
    student_id: str
    tutor: str
    student: str
    ends_at: datetime
    closes_at: datetime | None = None

    @property
    def open_until(self) -> datetime:
        return self.closes_at or self.ends_at + OPEN_AFTER

    def moved_to(self, ends_at: datetime) -> "Session":
        """The same classroom of a booking that ends then, open for as long after it."""
        return replace(self, ends_at=ends_at, closes_at=ends_at + (self.open_until - self.ends_at))


@dataclass(frozen=True)
class Watched:
    """What was seen of a classroom until it was looked at last: whether the two met, how often recording began."""

    over_at: datetime
    met: bool = False
    takes: int = 0


@dataclass(frozen=True)
class Failure:
    """What stopped a stage: a stable code, and a sentence without content that says what to do."""

    stage: Stage
    code: str
    sentence: str


PARTIAL = "partial"
"""The code of a stage that has a result, though not of the whole lesson."""

TRUNCATED = "truncated"
"""The code of a recording that ends before its lesson does."""


@dataclass(frozen=True)
class Settled:
    """The recordings a lesson consists of, as they were reported, or why there are none.

    `truncated` where one ends too soon; `waiting` where one is not finished: it is to be asked again, and `watched`
    where whoever records the room will tell when it is.
    """

    parts: int
    seconds: float = 0.0
    nothing: Nothing | None = None
    truncated: bool = False
    waiting: bool = False
    watched: bool = False


@dataclass(frozen=True)
class Fetched:
    """What the one pass over the recording measured; `calls_back` when whoever listens tells later what was said.

    `may_analyse` is whether its people let a computer work on it.
    """

    seconds: float
    someone_speaks: bool = True
    student_speaks: bool = True
    calls_back: bool = False
    may_analyse: bool = True


@dataclass(frozen=True)
class Transcribed:
    words: int
    student_words: int
    unknown_words: int = 0


@dataclass(frozen=True)
class Extracted:
    """What was learnt of the lesson; `flaws` are the codes of what is missing from it."""

    mistakes: int
    drills: int
    nodes: int = 0
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """One clip to be cut: its place among the best, and its span in seconds of the lesson."""

    rank: int
    start: float
    end: float
    viral_score: float


@dataclass(frozen=True)
class Moments:
    """The clips to be cut, best first; `flaws` are the codes of why not all of the lesson was searched for them."""

    moments: tuple[Moment, ...] = ()
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Indexed:
    chunks: int


@dataclass(frozen=True)
class LessonReport:
    """How a lesson ended: what was made, what could not be made, or why there is nothing."""

    mistakes: int = 0
    drills: int = 0
    clips: int = 0
    chunks: int = 0
    degraded: tuple[Failure, ...] = ()
    nothing: Nothing | None = None
