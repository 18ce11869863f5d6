"""An event that is delivered ten thousand times is one event."""

import json
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from bench.load import post_all
from lessons.capture import RoomEvent, lesson_id_of
from studio.livekit_events import egress_ended, room_finished
from studio.seed import STUDENT, TUTOR
from tests.end_to_end.studios import HELD, Studio
from workflows.showing import workflow_id_of

TIMES = 10_000
COUNTED = """
    SELECT (SELECT count(*) FROM studio.webhook_events WHERE room = $1::text) AS events,
        (SELECT count(*) FROM studio.lessons WHERE booking_id = $1::uuid) AS lessons,
        (SELECT count(*) FROM lesson_recordings WHERE booking_id = $1::uuid) AS recordings
"""


async def test_ten_thousand_deliveries_of_one_event_at_once_make_one_lesson(studio: Studio, quiet: Path) -> None:
    [booked] = await studio.rows(HELD, TUTOR, STUDENT)
    booking = booked["id"]
    key = await studio.keep(booking, quiet)
    ended, closed = egress_ended(booking, key, quiet.stat().st_size, seconds=30), room_finished(booking)
    port = int(studio.running.api.rpartition(":")[2])
    assert await post_all(port, [signed(studio, ended)] * TIMES) == {"200": TIMES}
    assert await studio.post(closed) == 200
    assert (await studio.over(lesson_id_of(booking)))["status"] == "completed"
    assert await post_all(port, [signed(studio, ended)] * 100) == {"200": 100}
    [counted] = await studio.rows(COUNTED, booking)
    assert dict(counted) == {"events": 2, "lessons": 1, "recordings": 1}
    assert await signals_of(studio, booking) == [ended["id"], closed["id"]]


def signed(studio: Studio, event: dict[str, object]) -> bytes:
    """A whole request, as it stands on the wire."""
    body = json.dumps(event).encode()
    headers = {"host": "studio", "content-length": str(len(body)), **studio.sender.headers_for(body)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /api/webhooks/livekit HTTP/1.1\r\n{head}\r\n".encode() + body


async def signals_of(studio: Studio, booking: str) -> list[str]:
    """The ids of the events that the lesson was told, over all of its runs."""
    client = await Client.connect(studio.running.temporal, data_converter=pydantic_data_converter)
    told = []
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id_of(booking)}'"):
        async for event in client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events():
            if event.HasField("workflow_execution_signaled_event_attributes"):
                [payload] = event.workflow_execution_signaled_event_attributes.input.payloads
                told.append(pydantic_data_converter.payload_converter.from_payload(payload, RoomEvent).id)
    return told
