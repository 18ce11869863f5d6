"""Which steps are answered on which queue, and how many at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from activities.capture import Capture
from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.notifications import Notifications
from activities.reconciling import Reconciling
from activities.recordings import Recordings
from activities.speech import Speech
from workflows.asking import AI, CAPTURE, LESSONS, MEDIA, Queue
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.reconcile import ReconcileWorkflow
from workflows.record_lesson import RecordLessonWorkflow


@dataclass(frozen=True)
class Post:
    """One queue with the answers given on it.

    `at_once` bounds those of this worker, so that tutors share the workers evenly; `per_second` those that all
    workers together begin.
    """

    queue: Queue
    answers: list[object]
    at_once: int
    workflows: list[type] = field(default_factory=list)
    per_second: float | None = None

    @property
    def steps(self) -> list[Callable[..., Any]]:
        """The bound methods that answer the questions of workflows/steps.py."""
        return [step for answer in self.answers for step in answers_of(answer)]


@dataclass(frozen=True)
class Staff:
    """Everyone who answers; nobody watches classrooms where there are none."""

    recordings: Recordings
    speech: Speech
    insights: Insights
    clips: Clips
    knowledge: Knowledge
    notifications: Notifications
    reconciling: Reconciling
    capture: Capture | None = None


@dataclass(frozen=True)
class Pace:
    """How much is done at once, and how quickly providers are asked."""

    ai_at_once: int = 2
    media_at_once: int = 1
    capture_at_once: int = 20
    ai_per_second: float | None = None


def roster(staff: Staff, pace: Pace = Pace()) -> dict[str, Post]:
    """All posts by the name of their queue."""
    on_lessons: list[object] = [staff.recordings, staff.notifications, staff.reconciling]
    posts = [
        Post(LESSONS, on_lessons, 20, [ProcessLessonWorkflow, ReconcileWorkflow]),
        Post(AI, [staff.speech, staff.insights, staff.knowledge], pace.ai_at_once, per_second=pace.ai_per_second),
        Post(MEDIA, [staff.clips], pace.media_at_once),
    ]
    if staff.capture:
        posts.append(Post(CAPTURE, [staff.capture], pace.capture_at_once, [RecordLessonWorkflow]))
    return {post.queue.name: post for post in posts}


def answers_of(answer: object) -> list[Callable[..., Any]]:
    named = (getattr(answer, name) for name in dir(type(answer)) if not name.startswith("_"))
    return [step for step in named if hasattr(step, "__temporal_activity_definition")]
