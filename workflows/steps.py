"""What the lesson workflow asks for. `activities` answers; this module knows no answer.

A step left unanswered is an abstract method: mypy and the worker's start both refuse it.
"""

from abc import ABC, abstractmethod

from temporalio import activity

from lessons.messages import (
    Extracted,
    Failure,
    Fetched,
    Indexed,
    Lesson,
    LessonReport,
    Moment,
    Moments,
    Session,
    Settled,
    Transcribed,
    Watched,
)


class RecordingSteps(ABC):
    @activity.defn
    @abstractmethod
    async def settle(self, lesson: Lesson) -> Settled:
        """Note which recordings the lesson consists of."""

    @activity.defn
    @abstractmethod
    async def fetch(self, lesson: Lesson) -> Fetched:
        """Pass once over the recordings: measure them and store their sound."""

    @activity.defn
    @abstractmethod
    async def complete(self, lesson: Lesson, report: LessonReport) -> bool | None:
        """Show the lesson as completed, with what could not be made; not if a recording has come meanwhile: True."""

    @activity.defn
    @abstractmethod
    async def mark_failed(self, lesson: Lesson, failure: Failure) -> None:
        """Show the lesson as failed, with its code and sentence."""

    @activity.defn
    @abstractmethod
    async def mark_degraded(self, lesson: Lesson, failure: Failure) -> None:
        """Show on a completed lesson what could not be done."""

    @activity.defn
    @abstractmethod
    async def mark_cancelled(self, lesson: Lesson) -> bool:
        """Show the lesson, and what runs of it, as cancelled; what is made stays.

        True for a lesson that is completed, and stays so.
        """


class SpeechSteps(ABC):
    @activity.defn
    @abstractmethod
    async def order(self, lesson: Lesson) -> None:
        """Have the lesson heard by a provider that calls back; done when all answers have come."""

    @activity.defn
    @abstractmethod
    async def transcribe(self, lesson: Lesson) -> Transcribed:
        """Store the transcript by speaker."""


class InsightSteps(ABC):
    @activity.defn
    @abstractmethod
    async def extract(self, lesson: Lesson) -> Extracted:
        """Store the student's mistakes, drills made from them, a summary and the roadmap."""

    @activity.defn
    @abstractmethod
    async def choose_moments(self, lesson: Lesson) -> Moments:
        """Choose the moments worth a marketing clip, best first; none where there is no file to cut."""

    @activity.defn
    @abstractmethod
    async def find_moments(self, lesson: Lesson) -> list[Moment]:
        """Choose them for a lesson that began before flaws were told."""


class ClipSteps(ABC):
    @activity.defn
    @abstractmethod
    async def cut_clip(self, lesson: Lesson, moment: Moment, of: int) -> None:
        """Render one of so many moments and store it for the tutor's approval."""


class KnowledgeSteps(ABC):
    @activity.defn
    @abstractmethod
    async def index(self, lesson: Lesson) -> Indexed:
        """Store the transcript's chunks with their vectors."""


class NotificationSteps(ABC):
    @activity.defn
    @abstractmethod
    async def announce(self, lesson: Lesson, report: LessonReport) -> bool | None:
        """Tell tutor and student, once each, that the lesson is ready; True if a recording has come meanwhile."""

    @activity.defn
    @abstractmethod
    async def look_again(self, lesson: Lesson) -> bool:
        """Whether a recording has come that the lesson does not hold."""


class CaptureSteps(ABC):
    @activity.defn
    @abstractmethod
    async def watch(self, session: Session) -> Watched:
        """Record a classroom whenever it may be recorded, until its lesson is over."""

    @activity.defn
    @abstractmethod
    async def deliver(self, session: Session) -> None:
        """Tell the inbox that the lesson is over, with every recording of the room."""


class ReconcilingSteps(ABC):
    @activity.defn
    @abstractmethod
    async def reconcile(self) -> int:
        """Tell the inbox what it was never told of lessons that are over; return of how many."""
