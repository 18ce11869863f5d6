"""Answers to every question of the workflow that obey a script instead of working."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

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
from workflows.steps import (
    CaptureSteps,
    ClipSteps,
    InsightSteps,
    KnowledgeSteps,
    NotificationSteps,
    RecordingSteps,
    SpeechSteps,
)


@dataclass
class Script:
    """What the steps answer, which of them fail and how often, and what was asked."""

    settled: Settled = field(default_factory=lambda: Settled(parts=1, seconds=60))
    unfinished: int = 0
    is_watched: bool = False
    late: Counter[str] = field(default_factory=Counter)
    watched: asyncio.Event = field(default_factory=asyncio.Event)
    fetched: Fetched = field(default_factory=lambda: Fetched(seconds=60))
    transcribed: Transcribed = field(default_factory=lambda: Transcribed(words=100, student_words=50))
    clips: int = 3
    flaws: tuple[str, ...] = ()
    failing: dict[str, list[Exception]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    reports: list[LessonReport] = field(default_factory=list)
    completed: list[Lesson] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    slow: str = ""
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def dawdle(self, step: str) -> None:
        """A slow step takes a moment in which it hears of nothing."""
        if step == self.slow:
            self.begun.set()
            await asyncio.sleep(0.3)

    def ask(self, step: str) -> None:
        """Count the question; fail as often as the script says."""
        self.asked[step] += 1
        if self.failing.get(step):
            raise self.failing[step].pop(0)


@dataclass
class ScriptedRecordings(RecordingSteps):
    script: Script

    @activity.defn
    async def settle(self, lesson: Lesson) -> Settled:
        self.script.ask("settle")
        waiting = self.script.asked["settle"] <= self.script.unfinished
        await self.script.dawdle("settle")
        return Settled(parts=0, waiting=True, watched=self.script.is_watched) if waiting else self.script.settled

    @activity.defn
    async def fetch(self, lesson: Lesson) -> Fetched:
        await self.script.dawdle("fetch")
        self.script.ask("fetch")
        return self.script.fetched

    @activity.defn
    async def complete(self, lesson: Lesson, report: LessonReport) -> bool | None:
        self.script.ask("complete")
        self.script.reports.append(report)
        self.script.completed.append(lesson)
        return self.script.asked["complete"] <= self.script.late["complete"]

    @activity.defn
    async def mark_failed(self, lesson: Lesson, failure: Failure) -> None:
        self.script.ask("mark_failed")
        self.script.failures.append(failure)
        await self.script.dawdle("mark_failed")

    @activity.defn
    async def mark_degraded(self, lesson: Lesson, failure: Failure) -> None:
        self.script.ask("mark_degraded")
        self.script.failures.append(failure)

    @activity.defn
    async def mark_cancelled(self, lesson: Lesson) -> bool:
        self.script.ask("mark_cancelled")
        return self.script.asked["complete"] > 0


@dataclass
class ScriptedSpeech(SpeechSteps):
    script: Script

    @activity.defn
    async def order(self, lesson: Lesson) -> None:
        self.script.ask("order")

    @activity.defn
    async def transcribe(self, lesson: Lesson) -> Transcribed:
        self.script.ask("transcribe")
        return self.script.transcribed


@dataclass
class ScriptedInsights(InsightSteps):
    script: Script

    @activity.defn
    async def extract(self, lesson: Lesson) -> Extracted:
        self.script.ask("extract")
        return Extracted(mistakes=5, drills=4, nodes=2)

    @activity.defn
    async def choose_moments(self, lesson: Lesson) -> Moments:
        self.script.ask("choose_moments")
        found = (Moment(rank, 10.0 * rank, 10.0 * rank + 8, 0.5) for rank in range(1, self.script.clips + 1))
        return Moments(tuple(found), self.script.flaws)

    @activity.defn
    async def find_moments(self, lesson: Lesson) -> list[Moment]:
        return list((await self.choose_moments(lesson)).moments)


@dataclass
class ScriptedClips(ClipSteps):
    script: Script

    @activity.defn
    async def cut_clip(self, lesson: Lesson, moment: Moment, of: int) -> None:
        self.script.ask(f"cut_clip {moment.rank}")


@dataclass
class ScriptedKnowledge(KnowledgeSteps):
    script: Script

    @activity.defn
    async def index(self, lesson: Lesson) -> Indexed:
        self.script.ask("index")
        return Indexed(chunks=7)


@dataclass
class ScriptedNotifications(NotificationSteps):
    script: Script

    @activity.defn
    async def announce(self, lesson: Lesson, report: LessonReport) -> bool | None:
        await self.script.dawdle("announce")
        self.script.ask("announce")
        return self.script.asked["announce"] <= self.script.late["announce"]

    @activity.defn
    async def look_again(self, lesson: Lesson) -> bool:
        self.script.ask("look_again")
        await self.script.dawdle("look_again")
        return self.script.asked["look_again"] <= self.script.late["look_again"]


@dataclass
class ScriptedCapture(CaptureSteps):
    script: Script

    @activity.defn
    async def watch(self, session: Session) -> Watched:
        self.script.ask("watch")
        await self.script.watched.wait()
        return Watched(datetime.now(UTC), met=True, takes=1)

    @activity.defn
    async def deliver(self, session: Session) -> None:
        self.script.ask("deliver")


def all_answers(script: Script) -> list[object]:
    """One of each, as workers/roster.py wants them."""
    return [
        ScriptedRecordings(script),
        ScriptedSpeech(script),
        ScriptedInsights(script),
        ScriptedClips(script),
        ScriptedKnowledge(script),
        ScriptedNotifications(script),
        ScriptedCapture(script),
    ]
