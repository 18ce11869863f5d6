"""Which steps are answered on which queue, and how many at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.notifications import Notifications
from activities.recordings import Recordings
from activities.speech import Speech
from workflows.asking import AI, LESSONS, MEDIA, Queue
from workflows.process_lesson import ProcessLessonWorkflow


@dataclass(frozen=True)
class Post:
    """One queue with the answers given on it; `at_once` bounds them, so that tutors share the workers evenly."""

    queue: Queue
    answers: list[object]
    at_once: int
    workflows: list[type] = field(default_factory=list)

    @property
    def steps(self) -> list[Callable[..., Any]]:
        """The bound methods that answer the questions of workflows/steps.py."""
        return [step for answer in self.answers for step in answers_of(answer)]


@dataclass(frozen=True)
class Staff:
    """Everyone who answers."""

    recordings: Recordings
    speech: Speech
    insights: Insights
    clips: Clips
    knowledge: Knowledge
    notifications: Notifications


def roster(staff: Staff) -> dict[str, Post]:
    """All posts by the name of their queue."""
    posts = (
        Post(LESSONS, [staff.recordings, staff.notifications], 20, [ProcessLessonWorkflow]),
        Post(AI, [staff.speech, staff.insights, staff.knowledge], 2),
        Post(MEDIA, [staff.clips], 1),
    )
    return {post.queue.name: post for post in posts}


def answers_of(answer: object) -> list[Callable[..., Any]]:
    named = (getattr(answer, name) for name in dir(type(answer)) if not name.startswith("_"))
    return [step for step in named if hasattr(step, "__temporal_activity_definition")]
