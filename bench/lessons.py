"""Lessons that go the whole way through our own workflow, activities and rows, with providers that answer at once."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text
from temporalio.client import Client, WorkflowHandle

from activities.clips import Clips
from activities.insights import Insights
from activities.knowledge import Knowledge
from activities.ledger import Ledgers
from activities.notifications import Notifications
from activities.reconciling import Reconciling
from activities.recordings import Recordings, nobody
from activities.speech import Speech
from bench.idle import Idle, IdleWorkflow, own
from bench.instant import (
    BYTES,
    InstantAnalyst,
    InstantEmbedder,
    InstantMailer,
    InstantMedia,
    InstantStore,
    InstantTranscriber,
)
from db.inbox import store_events
from db.lessons import open_lesson
from db.people import booking_of
from db.session import Sessions
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent
from lessons.drills import as_fix
from lessons.messages import Lesson, LessonReport
from lessons.opt_out import OptOutLinks
from studio.seed import STUDENT, TUTOR
from studio.settings import Settings
from studio.wiring import database, temporal_client
from workers.roster import Pace, Post, Staff, roster
from workers.run import worker
from workflows.asking import LESSONS
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import start_options, workflow_id_of

BOOK = text("""
    INSERT INTO public.bookings (id, tutor_id, student_id, scheduled_at, status)
    VALUES (:id, :tutor, :student, now() - interval '1 hour', 'completed')
""")

PACE = Pace(ai_at_once=10)
"""As in docker-compose.yml, where providers do the work."""


@dataclass(frozen=True)
class School:
    """Where lessons can be held, all of the same length."""

    temporal: Client
    sessions: Sessions
    media: InstantMedia

    async def booked(self, seconds: float) -> tuple[Lesson, RoomEvent]:
        """A lesson whose recording has arrived, as the relay knows it just before it starts the workflow."""
        self.media.seconds = seconds
        room = str(uuid.uuid4())
        event = RoomEvent(f"EV_{room}", EventKind.IMPORT, room)
        file = RecordedFile(f"lessons/{room}/one.mp4", BYTES, seconds, 1.79e9, 1)
        async with self.sessions.begin() as session:
            await session.execute(BOOK, {"id": room, "tutor": TUTOR, "student": STUDENT})
            await store_events(session, [Arrival(event, (file,))])
            booked = await booking_of(session, room)
            assert booked
            lesson_id = await open_lesson(session, booked, workflow_id_of(room))
        return Lesson(room, lesson_id, TUTOR, STUDENT, booked.ends_at, f"/api/lessons/{lesson_id}"), event

    async def hold(self, lesson: Lesson, event: RoomEvent) -> WorkflowHandle[ProcessLessonWorkflow, LessonReport]:
        """Take a lesson the whole way."""
        handle = await self.temporal.start_workflow(
            ProcessLessonWorkflow.run,
            lesson,
            **start_options(lesson, "studio"),
            start_signal="room_event",
            start_signal_args=[event],
        )
        await handle.result()
        return handle

    async def idle_through(self, lesson: Lesson, event: RoomEvent) -> WorkflowHandle[IdleWorkflow, None]:
        """Do nothing, in the same steps."""
        handle = await self.temporal.start_workflow(
            IdleWorkflow.run,
            lesson,
            id=f"idle-{lesson.booking_id}",
            task_queue=own(LESSONS).name,
            start_signal="room_event",
            start_signal_args=[event],
        )
        await handle.result()
        return handle


@asynccontextmanager
async def school(settings: Settings) -> AsyncIterator[School]:
    """Workers for lessons and for doing nothing, as many at once of either."""
    async with database(settings) as sessions, AsyncExitStack() as running:
        temporal, media = await temporal_client(settings.temporal), InstantMedia(0)
        posts = roster(staff(sessions, media, settings.home), PACE).values()
        for post in (*posts, *map(idle, posts)):
            await running.enter_async_context(worker(temporal, post))
        yield School(temporal, sessions, media)


def idle(post: Post) -> Post:
    return replace(post, queue=own(post.queue), answers=[Idle()], workflows=[IdleWorkflow] if post.workflows else [])


def staff(sessions: Sessions, media: InstantMedia, scratch: Path) -> Staff:
    store = InstantStore()
    ledgers = Ledgers(sessions, store, scratch, {})
    return Staff(
        Recordings(sessions, store, media, scratch),
        Speech(sessions, store, InstantTranscriber(), ledgers),
        Insights(sessions, store, InstantAnalyst(), ledgers, as_fix),
        Clips(sessions, store, media, scratch),
        Knowledge(sessions, InstantEmbedder(), ledgers),
        Notifications(sessions, InstantMailer(), "studio.localhost", OptOutLinks("http://studio.localhost", "bench")),
        Reconciling(sessions, None, nobody),
    )
