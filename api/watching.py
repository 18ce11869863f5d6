"""Has Temporal watch a classroom, from when somebody enters it."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from db.meetings import Meeting
from lessons.classroom import Hours
from lessons.messages import Session
from workflows.record_lesson import LOOK, RecordLessonWorkflow
from workflows.showing import room_options

log = logging.getLogger("studio.api")

PATIENCE = timedelta(seconds=5)
PAUSE = 5.0


async def watch(client: Client, meeting: Meeting, hours: Hours, pause: float = PAUSE) -> None:
    """Start the room's workflow, or let the one that runs look at once; while Temporal is away it is asked again.

    It is given up when nobody may enter any more.
    """
    session = session_of(meeting, hours)
    while datetime.now(UTC) < session.open_until:
        if await is_asked(client, session):
            return
        await asyncio.sleep(pause)


def session_of(meeting: Meeting, hours: Hours) -> Session:
    _, closes = hours.of(meeting.appointment)
    people = meeting.tutor_id, meeting.student_id, meeting.room.tutor, meeting.room.student
    return Session(meeting.id, *people, meeting.appointment.ends, closes)


async def is_asked(client: Client, session: Session) -> bool:
    try:
        await client.start_workflow(
            RecordLessonWorkflow.run,
            session,
            **room_options(session),
            start_signal=LOOK,
            rpc_timeout=PATIENCE,
        )
    except (RPCError, RuntimeError) as error:
        why = type(error).__name__
        log.warning("room %s is not watched yet: Temporal does not answer (%s)", session.booking_id, why)
        return False
    return True
