"""One lesson, from its recording to drills, clips, a searchable memory and a message to tutor and student."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from lessons.capture import RoomEvent, settles_at
from lessons.messages import (
    Extracted,
    Failure,
    Fetched,
    Indexed,
    Lesson,
    LessonReport,
    LessonStatus,
    Nothing,
    Settled,
    Stage,
    Transcribed,
)
from workflows.asking import AI, LESSONS, MEDIA, NOTES, ask
from workflows.showing import show_details, show_stage, show_status
from workflows.steps import (
    ClipSteps,
    InsightSteps,
    KnowledgeSteps,
    NotificationSteps,
    RecordingSteps,
    SpeechSteps,
)

R = TypeVar("R")


class StageFailed(Exception):
    """A stage that the lesson cannot go on without has failed."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


@workflow.defn
class ProcessLessonWorkflow:
    """A stage that fails parks the lesson; `retry` goes on from there, and what is done stays done."""

    @workflow.init
    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.arrived: dict[RoomEvent, datetime] = {}
        self.results = known_before(lesson)
        self.running: set[Stage] = set()
        self.shown = lesson.from_stage
        self.degraded: dict[Stage, Failure] = {}
        self.failure: Failure | None = None

    @workflow.signal
    def room_event(self, event: RoomEvent) -> None:
        """Something happened in the room; an event counts once, however often it is told."""
        if all(event.id != known.id for known in self.arrived):
            self.arrived[event] = workflow.now()

    @workflow.update
    def retry(self, from_stage: Stage | None = None) -> None:
        """Go on at the failed stage, or at an earlier one; what came before it is kept."""
        begin = from_stage or cast(Failure, self.failure).stage
        self.results = {stage: result for stage, result in self.results.items() if stage.order < begin.order}
        self.failure = None

    @retry.validator
    def only_a_failed_lesson(self, from_stage: Stage | None = None) -> None:
        if self.failure is None:
            raise ApplicationError("Only a failed lesson can be retried.", type="not_failed")
        if from_stage and from_stage.order > self.failure.stage.order:
            raise ApplicationError(
                f"The lesson failed at {self.failure.stage}: begin there or before.", type="bad_stage"
            )

    @workflow.query
    def failed_with(self) -> Failure | None:
        return self.failure

    @workflow.run
    async def run(self, lesson: Lesson) -> LessonReport:
        try:
            report = await self.process()
        except BaseException as stop:
            if is_cancelled_exception(stop):
                await asyncio.shield(self.stopped())
            raise
        await workflow.wait_condition(workflow.all_handlers_finished)
        return report

    async def process(self) -> LessonReport:
        while True:
            try:
                nothing = await self.hear()
                break
            except StageFailed as failed:
                await self.park(failed.failure)
        report = LessonReport(nothing=nothing) if nothing else await self.make()
        await ask(NOTES, RecordingSteps.complete, self.lesson, report)
        await self.branch(Stage.NOTIFY, lambda: ask(LESSONS, NotificationSteps.announce, self.lesson, report))
        if unsaid := self.degraded.get(Stage.NOTIFY):
            await ask(NOTES, RecordingSteps.mark_degraded, self.lesson, unsaid)
        show_status(LessonStatus.COMPLETED)
        return report

    async def hear(self) -> Nothing | None:
        """Get the lesson's transcript; answer why there is none worth more work."""
        lesson = self.lesson
        settled = await self.stage(Stage.CAPTURE, self.capture)
        if settled.parts == 0:
            return Nothing.NOT_RECORDED
        queue = LESSONS.lasting(settled.seconds)
        fetched = await self.stage(Stage.FETCH, lambda: ask(queue, RecordingSteps.fetch, lesson))
        if not fetched.student_speaks:
            return Nothing.STUDENT_SILENT if fetched.someone_speaks else Nothing.NO_SPEECH
        queue = AI.lasting(fetched.seconds)
        heard = await self.stage(Stage.TRANSCRIBE, lambda: ask(queue, SpeechSteps.transcribe, lesson))
        if heard.student_words + heard.unknown_words == 0:
            return Nothing.STUDENT_SILENT if heard.words else Nothing.NO_SPEECH
        return None

    async def capture(self) -> Settled:
        """Wait until the recording is settled: a closed room and an ended recording, in either order."""
        while (until := settles_at(self.arrived, self.lesson.booked_until)) > workflow.now():
            await self.news(until - workflow.now())
        return await ask(LESSONS, RecordingSteps.settle, self.lesson)

    async def news(self, most: timedelta) -> None:
        """Wait for the room's next event, so long at most."""
        known = len(self.arrived)
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: len(self.arrived) > known, timeout=most)

    async def make(self) -> LessonReport:
        """Make drills, clips and memory side by side; one that fails does not take the others with it."""
        extract = asyncio.create_task(self.branch(Stage.EXTRACT, lambda: ask(AI, InsightSteps.extract, self.lesson)))
        clip = asyncio.create_task(self.branch(Stage.CLIP, self.cut_clips))
        index = asyncio.create_task(self.branch(Stage.INDEX, lambda: ask(AI, KnowledgeSteps.index, self.lesson)))
        await asyncio.gather(extract, clip, index, return_exceptions=True)
        extracted, clips, indexed = extract.result(), clip.result(), index.result()
        return LessonReport(
            mistakes=extracted.mistakes if extracted else 0,
            drills=extracted.drills if extracted else 0,
            clips=clips or 0,
            chunks=indexed.chunks if indexed else 0,
            degraded=tuple(self.degraded.values()),
        )

    async def cut_clips(self) -> int:
        """Cut every moment worth it; one that fails costs only itself."""
        moments = await ask(AI, InsightSteps.find_moments, self.lesson)
        asked = (ask(MEDIA, ClipSteps.cut_clip, self.lesson, one, len(moments)) for one in moments)
        cut = await asyncio.gather(*asked, return_exceptions=True)
        failed = [one for one in cut if isinstance(one, BaseException)]
        if failed and len(failed) < len(cut) and isinstance(failed[0], ActivityError):
            self.degraded[Stage.CLIP] = failure_of(Stage.CLIP, failed[0])
        elif failed:
            raise failed[0]
        return len(cut) - len(failed)

    async def branch(self, stage: Stage, work: Callable[[], Awaitable[R]]) -> R | None:
        """Do the work of a stage that the lesson can do without."""
        try:
            return await self.stage(stage, work)
        except StageFailed as failed:
            self.degraded[stage] = failed.failure
            self.show()
            return None

    async def stage(self, stage: Stage, work: Callable[[], Awaitable[R]]) -> R:
        """Do the work of a stage, unless it is done."""
        if stage not in self.results:
            self.running.add(stage)
            self.show()
            try:
                self.results[stage] = await work()
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                self.running.discard(stage)
                raise StageFailed(failure_of(stage, error)) from None
            self.running.discard(stage)
            self.show()
        return cast(R, self.results[stage])

    async def park(self, failure: Failure) -> None:
        """Show the lesson as failed and wait for `retry`."""
        show_status(LessonStatus.FAILED, failure)
        await ask(NOTES, RecordingSteps.mark_failed, self.lesson, failure)
        self.failure = failure
        self.show()
        await workflow.wait_condition(lambda: self.failure is None)
        show_status(LessonStatus.PROCESSING)

    async def stopped(self) -> None:
        await ask(NOTES, RecordingSteps.mark_cancelled, self.lesson)
        show_status(LessonStatus.CANCELLED)

    def show(self) -> None:
        """Show where the lesson is: the least advanced stage that runs."""
        least = min(self.running, key=lambda stage: stage.order, default=self.shown)
        if least is not self.shown:
            self.shown = least
            show_stage(least)
        failed = self.degraded | ({self.failure.stage: self.failure} if self.failure else {})
        show_details(self.lesson, self.results, self.running, failed)


def known_before(lesson: Lesson) -> dict[Stage, Any]:
    """What a lesson that begins at a later stage has behind it."""
    behind = {
        Stage.CAPTURE: Settled(parts=1, seconds=lesson.seconds),
        Stage.FETCH: Fetched(seconds=lesson.seconds),
        Stage.TRANSCRIBE: Transcribed(words=1, student_words=1),
        Stage.EXTRACT: Extracted(mistakes=0, drills=0),
        Stage.CLIP: 0,
        Stage.INDEX: Indexed(chunks=0),
    }
    return {stage: result for stage, result in behind.items() if stage.order < lesson.from_stage.order}


def failure_of(stage: Stage, error: ActivityError) -> Failure:
    match error.cause:
        case ApplicationError(type=str(code), message=sentence):
            return Failure(stage, code, sentence)
        case _:
            return Failure(stage, "no_answer", "The step did not answer in time. Retry it; look at the workers.")
