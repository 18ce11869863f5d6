"""What is kept of LiveKit's events: enough for a lesson, and nothing that could be a secret."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson, Parse
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol.egress import (
    AudioChannel,
    AudioConfig,
    AudioRoute,
    EgressInfo,
    EgressStatus,
    FileInfo,
    MediaSource,
    ParticipantEgressRequest,
    StartEgressRequest,
)
from livekit.protocol.models import Room
from livekit.protocol.webhook import WebhookEvent

from api.livekit_events import NoEvent, event_in
from lessons.capture import STUDENT_ALONE, TUTOR_ALONE, Arrival, EventKind, RecordedFile, RoomEvent
from providers.livekit_egress import egress_of
from tests.api.signing import egress_ended, room_finished

ROOM = "16fd2706-8baf-433b-82eb-8c7fada847da"


def kept(event: dict[str, Any]) -> Arrival | None:
    return event_in(json.dumps(event).encode()).arrival()


def test_an_ended_recording_is_kept_with_its_files_in_seconds_and_bytes() -> None:
    file = RecordedFile(f"lessons/{ROOM}/RM_1/one.mp4", 3500000, 95.5, 1790000000.5)
    event = RoomEvent(f"EV_ended_{ROOM}", EventKind.EGRESS_ENDED, ROOM, "EG_1", "EGRESS_COMPLETE")
    assert kept(egress_ended(ROOM)) == Arrival(event, (file,))


def test_a_closed_room_is_kept_by_its_name() -> None:
    assert kept(room_finished(ROOM)) == Arrival(RoomEvent(f"EV_closed_{ROOM}", EventKind.ROOM_FINISHED, ROOM))


@pytest.mark.parametrize(
    ("request_told", "name", "channel"),
    [
        ({"roomComposite": {"layout": "speaker"}}, "room.mp4", None),
        ({"room_composite": {"layout": "speaker"}}, "room.mp4", None),
        ({"web": {"url": "https://x.example"}}, "room.mp4", None),
        ({"trackComposite": {"audioTrackId": "TR_1"}}, "one.mp4", None),
        ({"track": {"trackId": "TR_1"}}, "student-1/one.ogg", STUDENT_ALONE),
        ({"track": {"trackId": "TR_1"}}, "tutor-1/one.ogg", TUTOR_ALONE),
        ({"participant": {"identity": "student-1"}}, "one.mp4", STUDENT_ALONE),
        ({"participant": {"identity": "guest"}}, "one.mp4", None),
        ({"egress": {"template": {"layout": "speaker"}}}, "one.mp4", None),
        ({"egress": {"media": {"audio": {"captureAll": True}}}}, "one.mp4", None),
        ({"egress": None}, "one.mp4", None),
        ({}, "one.mp4", None),
    ],
)
def test_nobody_is_named_in_a_file_unless_it_is_certain_who_is_heard_where(
    request_told: dict[str, Any], name: str, channel: int | None
) -> None:
    event = egress_ended(ROOM, filename=f"lessons/{ROOM}/RM_1/{name}")
    del event["egressInfo"]["egress"]
    event["egressInfo"] |= request_told
    arrival = kept(event)
    assert arrival is not None
    assert [file.student_channel for file in arrival.files] == [channel]


def test_the_older_spelling_of_files_is_read() -> None:
    event = egress_ended(ROOM)
    (file,) = event["egressInfo"].pop("fileResults")
    event["egressInfo"]["file"] = file
    assert kept(event) == kept(egress_ended(ROOM))


def test_a_failed_egress_without_an_id_gets_one_and_its_secrets_are_left_out() -> None:
    secret = {"access_key": "AKIASECRET", "secret": "hunter2"}
    event = {
        "event": "egress_ended",
        "id": "EV_9",
        "egressInfo": {
            "roomName": ROOM,
            "status": "EGRESS_FAILED",
            "error": "no access with hunter2",
            "participant": {"roomName": ROOM, "fileOutputs": [{"s3": secret}]},
        },
    }
    arrival = kept(event)
    assert arrival == Arrival(RoomEvent("EV_9", EventKind.EGRESS_ENDED, ROOM, f"{ROOM}/EV_9", "EGRESS_FAILED"))
    assert "hunter2" not in str(arrival)


@pytest.mark.parametrize(
    "name", ["room_started", "participant_left", "egress_updated", "recording_ready", "import", "x"]
)
def test_other_events_are_of_no_interest(name: str) -> None:
    assert kept(egress_ended(ROOM) | {"event": name}) is None


def test_unknown_fields_and_enum_names_are_no_fault() -> None:
    event = egress_ended(ROOM) | {"later": {"x": [1]}}
    event["egressInfo"]["status"] = "EGRESS_NEW_IN_2027"
    arrival = kept(event)
    assert arrival is not None
    assert arrival.event.status == "EGRESS_NEW_IN_2027"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"not json",
        b'{"event": "egress_ended"}',
        b'{"id": "EV_1"}',
        b'{"id": 1, "event": "egress_ended"}',
        b'{"id": "EV_1", "event": "egress_ended", "egressInfo": []}',
        b'{"id": "EV_1", "event": "egress_ended", "egressInfo": {"fileResults": {}}}',
        b'{"id": "EV_1", "event": "egress_ended", "egressInfo": {"fileResults": [{"size": "many"}]}}',
        b'{"id": "EV_1", "event": "egress_ended", "egressInfo": {"file": {"size": "9223372036854775808"}}}',
        b'{"id": "EV_\xff", "event": "egress_ended"}',
        b'{"id": "EV_\\ud800", "event": "egress_ended"}',
        b'{"id": "EV_1", "event": "egress_ended", "x": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NoEvent):
        event_in(body)


@pytest.mark.parametrize(
    "told",
    [
        {"id": "x" * 257},
        {"egressInfo": {"egressId": "x" * 257}},
        {"egress_info": {"room_name": "x" * 257}, "egressInfo": None},
        {"event": "room_finished", "room": {"name": "x" * 257}},
    ],
)
def test_ids_and_names_longer_than_livekits_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(NoEvent):
        kept(egress_ended(ROOM) | told)


WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
NANOS = st.integers(min_value=0, max_value=2**62)
FILES = st.builds(FileInfo, filename=WORDS, size=NANOS, duration=NANOS, started_at=NANOS, location=WORDS)
ROUTES = st.builds(
    AudioRoute,
    participant_identity=st.sampled_from(["tutor-1", "student-1", "guest"]),
    channel=st.sampled_from(AudioChannel.values()),
)
STARTED = st.lists(ROUTES, max_size=3).map(
    lambda routes: StartEgressRequest(media=MediaSource(audio=AudioConfig(routes=routes)))
)
REQUESTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"egress": STARTED}),
    st.fixed_dictionaries({"participant": st.builds(ParticipantEgressRequest, identity=WORDS)}),
)
EGRESSES = st.builds(
    lambda request, **told: EgressInfo(**request, **told),
    REQUESTS,
    egress_id=WORDS,
    room_name=WORDS,
    status=st.sampled_from(EgressStatus.values()),
    file_results=st.lists(FILES, max_size=2),
    error=WORDS,
)
EVENTS = st.builds(
    WebhookEvent,
    id=WORDS.filter(bool),
    event=st.sampled_from(["egress_ended", "room_finished"]),
    room=st.none() | st.builds(Room, name=WORDS),
    egress_info=st.none() | EGRESSES,
    created_at=NANOS,
)
SPELLINGS: list[Callable[[WebhookEvent], str]] = [
    MessageToJson,
    lambda event: MessageToJson(event, preserving_proto_field_name=True),
    lambda event: MessageToJson(event, always_print_fields_with_no_presence=True),
    lambda event: MessageToJson(event, use_integers_for_enums=True),
]


@given(EVENTS, st.sampled_from(SPELLINGS))
def test_an_event_is_read_as_protobuf_reads_it(event: WebhookEvent, spell: Callable[[WebhookEvent], str]) -> None:
    body = spell(event)
    told, arrival = Parse(body, WebhookEvent()), event_in(body.encode()).arrival()
    assert arrival is not None
    info = told.egress_info
    assert arrival.event.room == (told.room.name or info.room_name).lower()
    assert arrival.event.egress_id == info.egress_id or not info.egress_id
    assert [file.student_channel for file in arrival.files] == [file.student_channel for file in egress_of(info).files]
    assert [(file.key, file.bytes or 0, file.seconds, file.started_at) for file in arrival.files] == [
        (file.filename, file.size, file.duration / 1e9, file.started_at / 1e9)
        for file in info.file_results
        if file.filename
    ]
