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
    Settled,
    Transcribed,
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
    async def complete(self, lesson: Lesson, report: LessonReport) -> None:
        """Show the lesson as completed, with what could not be made."""

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
    async def mark_cancelled(self, lesson: Lesson) -> None:
        """Show the lesson as cancelled and clear what is half made."""


class SpeechSteps(ABC):
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
    async def find_moments(self, lesson: Lesson) -> list[Moment]:
        """Choose the moments worth a marketing clip, best first; none where there is no file to cut."""


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
    async def announce(self, lesson: Lesson, report: LessonReport) -> None:
        """Tell tutor and student, once each, that the lesson is ready."""
