"""Has Temporal watch a classroom, from when somebody enters it."""

import logging
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from db.meetings import Meeting
from lessons.messages import Session
from workflows.record_lesson import RecordLessonWorkflow
from workflows.showing import room_options

log = logging.getLogger("studio.api")

PATIENCE = timedelta(seconds=5)


async def watch(client: Client, meeting: Meeting) -> None:
    """Start the room's workflow, or let the one that runs look at once; without Temporal the next one to enter does."""
    session = Session(
        meeting.id,
        meeting.tutor_id,
        meeting.student_id,
        meeting.room.tutor,
        meeting.room.student,
        meeting.appointment.ends,
    )
    try:
        await client.start_workflow(
            RecordLessonWorkflow.run,
            session,
            **room_options(session),
            start_signal="entered",
            rpc_timeout=PATIENCE,
        )
    except (RPCError, RuntimeError) as error:
        log.warning("room %s is not watched yet: Temporal does not answer (%s)", meeting.id, type(error).__name__)
