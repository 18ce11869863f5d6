"""One lesson, from its recording to drills, clips, a searchable memory and a message to tutor and student."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from lessons.capture import EventKind, RoomEvent, settles_at
from lessons.errors import ConsentWithdrawn, OperatorAction
from lessons.messages import (
    PARTIAL,
    TRUNCATED,
    Extracted,
    Failure,
    Fetched,
    Indexed,
    Lesson,
    LessonReport,
    LessonStatus,
    Moment,
    Nothing,
    Settled,
    Stage,
    Transcribed,
)
from workflows.asking import AI, LESSONS, MEDIA, NOTES, ORDERS, ask
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

LOOK_AGAIN, AT_LAST = timedelta(seconds=15), timedelta(minutes=5)
"""After so long it is asked again for a recording that is not finished: twice as long every time, to at last."""

WATCHED = timedelta(hours=1)
"""So long it is waited for a word of whoever watches the room, who says when the lesson is over."""

LONG = 4 * 3600.0
"""So many seconds a recording may have whose length is not known before it is read."""

ASKED_FOR = "retry-"
"""Begins the id of an event that only says that a run which is begun anew need not wait."""

CUT_SHORT = Failure(
    Stage.CAPTURE, TRUNCATED, "The recording ends before the lesson does: what was said later is missing."
)


class StageFailed(Exception):
    """A stage that the lesson cannot go on without has failed."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


@workflow.defn
class ProcessLessonWorkflow:
    """A stage that fails parks the lesson; `retry` goes on from there, and what is done stays done.

    `heeded` is how many events had arrived when it was last asked which recordings the lesson consists of.
    """

    @workflow.init
    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.arrived: dict[RoomEvent, datetime] = {}
        self.heeded = 0
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
        """Go on at what failed, or at an earlier stage and all behind it; everything else is kept."""
        self.go_on(from_stage)

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

    def go_on(self, from_stage: Stage | None) -> None:
        if from_stage:
            self.results = {stage: result for stage, result in self.results.items() if stage.order < from_stage.order}
            earliest = min(from_stage, self.lesson.from_stage, key=lambda stage: stage.order)
            self.lesson = replace(self.lesson, from_stage=earliest)
        self.failure = None

    async def process(self) -> LessonReport:
        """Hear the lesson and make what can be made, again where a recording has come meanwhile."""
        while True:
            report = await self.made()
            known = len(self.arrived)
            late = await ask(NOTES, RecordingSteps.complete, self.lesson, report)
            if not late and not await self.tell(report) and not await self.is_behind(known):
                break
            self.lesson = replace(self.lesson, from_stage=Stage.CAPTURE)
            self.results, self.degraded = {}, {}
        show_status(LessonStatus.COMPLETED)
        return report

    async def tell(self, report: LessonReport) -> bool | None:
        late = await self.branch(Stage.NOTIFY, lambda: ask(LESSONS, NotificationSteps.announce, self.lesson, report))
        if unsaid := self.degraded.get(Stage.NOTIFY):
            await ask(NOTES, RecordingSteps.mark_degraded, self.lesson, unsaid)
        return late

    async def is_behind(self, known: int) -> bool:
        """Whether one of the events since so many were known tells of a recording that the lesson does not hold."""
        while self.may_be_recorded_since(known) and workflow.patched("last look"):
            known = len(self.arrived)
            if await ask(NOTES, NotificationSteps.look_again, self.lesson):
                return True
        return False

    def may_be_recorded_since(self, known: int) -> bool:
        """Whether one of the events since so many were known may tell of files that are new."""
        return any(may_tell_of_files(event) for event in list(self.arrived)[known:])

    async def made(self) -> LessonReport:
        while True:
            try:
                nothing = await self.hear()
                return LessonReport(nothing=nothing) if nothing else await self.make()
            except StageFailed as failed:
                await self.park(failed.failure)

    async def hear(self) -> Nothing | None:
        """Get the lesson's transcript; answer why there is none worth more work."""
        lesson = self.lesson
        settled = await self.stage(Stage.CAPTURE, self.capture)
        if settled.truncated:
            self.degraded[Stage.CAPTURE] = CUT_SHORT
        else:
            self.degraded.pop(Stage.CAPTURE, None)
        if settled.parts == 0:
            return settled.nothing or Nothing.NOT_RECORDED
        queue = LESSONS.lasting(settled.seconds or LONG)
        fetched = await self.stage(Stage.FETCH, lambda: ask(queue, RecordingSteps.fetch, lesson))
        if not fetched.may_analyse:
            return Nothing.NO_AI_CONSENT
        if not fetched.student_speaks:
            return Nothing.STUDENT_SILENT if fetched.someone_speaks else Nothing.NO_SPEECH
        try:
            heard = await self.stage(Stage.TRANSCRIBE, lambda: self.listen(fetched))
        except StageFailed as failed:
            if failed.failure.code != ConsentWithdrawn.code:
                raise
            self.show()
            return Nothing.NO_AI_CONSENT
        if heard.student_words + heard.unknown_words == 0:
            return Nothing.STUDENT_SILENT if heard.words else Nothing.NO_SPEECH
        return None

    async def listen(self, fetched: Fetched) -> Transcribed:
        """Transcribe; an order that is not answered in time, or not well, is asked for again and waited for."""
        if fetched.calls_back:
            try:
                await ask(ORDERS.lasting(fetched.seconds / 4), SpeechSteps.order, self.lesson)
            except ActivityError as unanswered:
                if is_cancelled_exception(unanswered):
                    raise
        return await ask(AI.lasting(fetched.seconds), SpeechSteps.transcribe, self.lesson)

    async def capture(self) -> Settled:
        """Wait until the recording is settled: a closed room and an ended recording, in either order."""
        while (until := settles_at(self.arrived, self.lesson.open_until)) > workflow.now():
            await self.news(len(self.arrived), until - workflow.now())
        pause = LOOK_AGAIN
        while (settled := await self.settle()).waiting:
            known = self.heeded if workflow.patched("news while settling") else len(self.arrived)
            await self.news(known, WATCHED if settled.watched else pause)
            pause = min(pause * 2, AT_LAST)
        return settled

    async def settle(self) -> Settled:
        self.heeded = len(self.arrived)
        return await ask(LESSONS, RecordingSteps.settle, self.lesson)

    async def news(self, known: int, most: timedelta) -> None:
        """Wait for an event of the room after so many that are known, so long at most."""
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: len(self.arrived) > known, timeout=most)

    async def make(self) -> LessonReport:
        """Make drills, clips and memory side by side; one that fails does not take the others with it.

        Raises StageFailed, when all have ended, where one waits for an operator.
        """
        self.degraded = {stage: told for stage, told in self.degraded.items() if stage in self.results}
        extract = asyncio.create_task(self.branch(Stage.EXTRACT, lambda: ask(AI, InsightSteps.extract, self.lesson)))
        clip = asyncio.create_task(self.branch(Stage.CLIP, self.cut_clips))
        index = asyncio.create_task(self.branch(Stage.INDEX, lambda: ask(AI, KnowledgeSteps.index, self.lesson)))
        await asyncio.gather(extract, clip, index, return_exceptions=True)
        extracted, clips, indexed = extract.result(), clip.result(), index.result()
        if extracted and extracted.flaws:
            self.degraded[Stage.EXTRACT] = partial(Stage.EXTRACT, extracted.flaws)
        return LessonReport(
            mistakes=extracted.mistakes if extracted else 0,
            drills=extracted.drills if extracted else 0,
            clips=clips or 0,
            chunks=indexed.chunks if indexed else 0,
            degraded=tuple(self.degraded.values()),
        )

    async def cut_clips(self) -> int:
        """Cut every moment worth it; one that fails costs only itself."""
        moments = await self.moments()
        asked = (ask(MEDIA, ClipSteps.cut_clip, self.lesson, one, len(moments)) for one in moments)
        cut = await asyncio.gather(*asked, return_exceptions=True)
        failed = [one for one in cut if isinstance(one, BaseException)]
        if failed and len(failed) < len(cut) and isinstance(failed[0], ActivityError):
            self.degraded[Stage.CLIP] = failure_of(Stage.CLIP, failed[0])
        elif failed:
            raise failed[0]
        return len(cut) - len(failed)

    async def moments(self) -> Sequence[Moment]:
        if not workflow.patched("flawed moments"):
            return await ask(AI, InsightSteps.find_moments, self.lesson)
        chosen = await ask(AI, InsightSteps.choose_moments, self.lesson)
        if chosen.flaws:
            self.degraded[Stage.CLIP] = partial(Stage.CLIP, chosen.flaws)
        return chosen.moments

    async def branch(self, stage: Stage, work: Callable[[], Awaitable[R]]) -> R | None:
        """Do the work of a stage that the lesson can do without, unless an operator has to mend something for it."""
        try:
            return await self.stage(stage, work)
        except StageFailed as failed:
            if stage is not Stage.NOTIFY and waits_for_operator(failed.failure):
                raise
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
        """Show the lesson as failed and wait until it may go on, which whoever sees it as failed may ask for."""
        show_status(LessonStatus.FAILED, failure)
        self.failure = failure
        await ask(NOTES, RecordingSteps.mark_failed, self.lesson, failure)
        if workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError
        self.show()
        await self.mended(failure.stage)
        show_status(LessonStatus.PROCESSING)

    async def mended(self, failed: Stage) -> None:
        """Wait for `retry`; where the transcript is still missing, a recording that comes is one from capture."""
        hears = failed.order <= Stage.TRANSCRIBE.order
        await workflow.wait_condition(
            lambda: self.failure is None or (hears and self.may_be_recorded_since(self.heeded))
        )
        if self.failure and workflow.patched("woken by a recording"):
            self.go_on(Stage.CAPTURE)
        await workflow.wait_condition(lambda: self.failure is None)

    async def stopped(self) -> None:
        completed = await ask(NOTES, RecordingSteps.mark_cancelled, self.lesson)
        show_status(LessonStatus.COMPLETED if completed else LessonStatus.CANCELLED)

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


def may_tell_of_files(event: RoomEvent) -> bool:
    return event.kind is not EventKind.ROOM_FINISHED and not event.id.startswith(ASKED_FOR)


def waits_for_operator(failure: Failure) -> bool:
    return failure.code == OperatorAction.code and workflow.patched("parked branches")


def partial(stage: Stage, flaws: Sequence[str]) -> Failure:
    why = ", ".join(flaws)
    return Failure(stage, PARTIAL, f"Some of the lesson could not be read ({why}). Retry from {stage} to try it again.")


def failure_of(stage: Stage, error: ActivityError) -> Failure:
    match error.cause:
        case ApplicationError(type=str(code), message=sentence):
            return Failure(stage, code, sentence)
        case _:
            return Failure(stage, "no_answer", "The step did not answer in time. Retry it; look at the workers.")
