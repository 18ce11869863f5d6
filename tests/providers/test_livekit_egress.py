"""Recording by LiveKit's egress service: what it is asked for, and what is made of what it tells."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from livekit import api

from lessons.capture import STUCK, STUDENT_ALONE, TUTOR_ALONE, RecordedFile
from lessons.errors import OperatorAction, PartCrashed, RecordingUnfinished, RoomUnavailable
from lessons.ports import Classroom
from providers.disk import DiskFileStore
from providers.livekit_egress import EgressRecorder, egress_recorder, upload_to
from tests.vendors.livekit import KEY, SECRET, LiveKitStandIn, livekit_stand_in, microphone, recorded

ROOM = Classroom("b1", "tutor-1", "student-1")
FOLDER = "lessons/b1/RM_1"
UPLOAD = upload_to("recordings", "https://s3.example", "eu-west-1", "planted-access", "planted-secret-of-s3")
LONG_AGO = STUCK.total_seconds() * 2


@pytest.fixture
def server() -> Iterator[LiveKitStandIn]:
    with livekit_stand_in() as server:
        server.rooms[ROOM.name] = [microphone(ROOM.tutor, "TR_t"), microphone(ROOM.student, "TR_s")]
        yield server


@pytest.fixture
def store(tmp_path: Path) -> DiskFileStore:
    return DiskFileStore(tmp_path, "recordings", "http://127.0.0.1:1", "secret")


@pytest.fixture
async def recorder(server: LiveKitStandIn, store: DiskFileStore) -> AsyncIterator[EgressRecorder]:
    async with egress_recorder(server.url, KEY, SECRET, store, poll=0.02) as recorder:
        yield recorder


class Take:
    """A recording under way: `stop` ends it, `shown` is what people were shown, in order."""

    def __init__(self, recorder: EgressRecorder) -> None:
        self.stop, self.shown = asyncio.Event(), list[bool]()
        self.task = asyncio.create_task(recorder.record(ROOM, self.stop, self.show))

    async def show(self, recording: bool) -> None:
        self.shown.append(recording)


@asynccontextmanager
async def taking(recorder: EgressRecorder, server: LiveKitStandIn, recordings: int = 1) -> AsyncIterator[Take]:
    """A recording that has been asked for."""
    async with asyncio.timeout(30):
        take = Take(recorder)
        while len(server.egresses) < recordings and not take.task.done():
            await asyncio.sleep(0.01)
        yield take
        take.task.cancel()
        await asyncio.wait([take.task])


async def shown(take: Take, *states: bool) -> None:
    while take.shown != list(states):
        await asyncio.sleep(0.01)


def lay(store: DiskFileStore, key: str, content: bytes | object = b"x" * 80) -> None:
    path = store.folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def known(server: LiveKitStandIn, status: str, *files: api.FileInfo, ago: float = 0.0, open: bool = False) -> None:
    """The server knows a recording of this status."""
    sides = {ROOM.tutor: api.AudioChannel.AUDIO_CHANNEL_LEFT, ROOM.student: api.AudioChannel.AUDIO_CHANNEL_RIGHT}
    routes = [api.AudioRoute(participant_identity=who, channel=side) for who, side in sides.items()]
    media = api.MediaSource(audio=api.AudioConfig(routes=routes))
    server.started(api.StartEgressRequest(room_name=ROOM.name, media=media), "egress")
    server.tell(f"EG_{len(server.egresses) - 1}", status, *files, ago=ago)
    if not open:
        server.rooms.pop(ROOM.name, None)


async def test_the_tutor_is_recorded_on_the_left_and_the_student_on_the_right_of_one_file(
    recorder: EgressRecorder, server: LiveKitStandIn
) -> None:
    async with taking(recorder, server):
        [asked] = server.requests("StartEgress")
    left, right = api.AudioChannel.AUDIO_CHANNEL_LEFT, api.AudioChannel.AUDIO_CHANNEL_RIGHT
    assert asked.media.participant_video.identity == ROOM.tutor
    routes = [(one.participant_identity, one.channel) for one in asked.media.audio.routes]
    assert routes == [(ROOM.tutor, left), (ROOM.student, right)]
    [output] = asked.outputs
    assert output.file.filepath == "lessons/{room_name}/{room_id}/"
    assert (output.file.file_type, output.file.disable_manifest) == (api.EncodedFileType.MP4, False)
    assert not asked.HasField("storage")


@pytest.mark.parametrize(("without_v2", "recordings"), [(False, 1), (True, 3)])
async def test_where_egress_has_no_storage_of_its_own_ours_is_named_in_every_request(
    server: LiveKitStandIn, store: DiskFileStore, without_v2: bool, recordings: int
) -> None:
    server.without_v2 = without_v2
    async with (
        egress_recorder(server.url, KEY, SECRET, store, UPLOAD, poll=0.02) as recorder,
        taking(recorder, server, recordings),
    ):
        named = [one.storage.s3 for one in server.requests("StartEgress")]
        named += [one.file_outputs[0].s3 for one in server.requests("StartRoomCompositeEgress")]
        named += [one.file.s3 for one in server.requests("StartTrackEgress")]
    assert named == [UPLOAD] * recordings
    assert UPLOAD.secret not in repr(recorder)


async def test_what_somebody_else_began_is_ended(recorder: EgressRecorder, server: LiveKitStandIn) -> None:
    await recorder.hush(ROOM)
    assert server.counted()["StopEgress"] == 0
    known(server, "ACTIVE", open=True)
    known(server, "COMPLETE", open=True)
    await recorder.hush(ROOM)
    assert [asked.egress_id for asked in server.requests("StopEgress")] == ["EG_0"]


async def test_people_are_shown_that_they_are_recorded_only_while_it_is_true(
    recorder: EgressRecorder, server: LiveKitStandIn
) -> None:
    async with taking(recorder, server) as take:
        await asyncio.sleep(0.1)
        assert take.shown == []
        server.tell("EG_0", "ACTIVE")
        await shown(take, True)
        take.stop.set()
        await shown(take, True, False)
        assert server.counted()["StopEgress"] == 1
        server.tell("EG_0", "COMPLETE")
        await take.task


async def test_a_recorder_that_comes_back_goes_on_with_what_is_being_recorded(
    recorder: EgressRecorder, server: LiveKitStandIn
) -> None:
    async with taking(recorder, server) as take:
        server.tell("EG_0", "ACTIVE")
        await shown(take, True)
    assert server.counted()["StopEgress"] == 0
    async with taking(recorder, server) as again:
        await shown(again, True)
        again.stop.set()
        await shown(again, True, False)
    assert server.counted()["StartEgress"] == 1


async def test_a_recording_that_ends_with_its_room_ends_well(recorder: EgressRecorder, server: LiveKitStandIn) -> None:
    async with taking(recorder, server) as take:
        server.tell("EG_0", "ACTIVE")
        await shown(take, True)
        server.tell("EG_0", "COMPLETE")
        await take.task
    assert take.shown == [True, False]


@pytest.mark.parametrize("status", ["FAILED", "ABORTED"])
async def test_a_recording_that_fails_is_to_be_begun_again(
    recorder: EgressRecorder, server: LiveKitStandIn, status: str
) -> None:
    async with taking(recorder, server) as take:
        server.tell("EG_0", status)
        with pytest.raises(PartCrashed):
            await take.task


async def test_a_server_that_is_away_for_a_moment_neither_ends_a_recording_nor_begins_another(
    recorder: EgressRecorder, server: LiveKitStandIn
) -> None:
    async with taking(recorder, server) as take:
        server.tell("EG_0", "ACTIVE")
        await shown(take, True)
        server.refusals = {"ListEgress": "unavailable"}
        take.stop.set()
        await asyncio.sleep(0.1)
        assert not take.task.done()
        server.refusals = {}
        await shown(take, True, False)
    assert (server.counted()["StartEgress"], server.counted()["StopEgress"]) == (1, 1)


@pytest.mark.parametrize("code", ["unavailable", "deadline_exceeded", "internal"])
async def test_without_an_egress_service_the_room_cannot_be_recorded_and_no_word_of_the_server_is_told(
    recorder: EgressRecorder, server: LiveKitStandIn, code: str
) -> None:
    server.refusals = {"StartEgress": code}
    async with taking(recorder, server) as take:
        with pytest.raises(RoomUnavailable) as raised:
            await take.task
    assert raised.value.detail == code
    assert "planted" not in str(raised.value)


async def test_a_wrong_key_names_its_setting(server: LiveKitStandIn, store: DiskFileStore) -> None:
    async with egress_recorder(server.url, KEY, "another-secret-that-is-long-enough", store) as recorder:
        with pytest.raises(OperatorAction, match="STUDIO_LIVEKIT__API_SECRET"):
            await recorder.recordings(ROOM)


async def test_no_key_stands_in_what_the_recorder_says_of_itself(recorder: EgressRecorder) -> None:
    assert "planted" not in repr(recorder).replace(KEY, "")


async def test_a_server_that_does_not_know_routes_records_the_room_and_each_microphone(
    recorder: EgressRecorder, server: LiveKitStandIn, store: DiskFileStore
) -> None:
    server.without_v2 = True
    async with taking(recorder, server, recordings=3) as take:
        asked = {one.track_id: one.file.filepath for one in server.requests("StartTrackEgress")}
        assert asked == {
            "TR_t": "lessons/{room_name}/{room_id}/tutor-1/",
            "TR_s": "lessons/{room_name}/{room_id}/student-1/",
        }
        server.rooms[ROOM.name] = [microphone(ROOM.student, "TR_again")]
        while len(server.egresses) < 4:
            await asyncio.sleep(0.01)
        take.stop.set()
        while server.counted()["StopEgress"] < 4:
            await asyncio.sleep(0.01)
        names = ["room.mp4", "tutor-1/t.ogg", "student-1/s.ogg", "student-1/again.ogg"]
        for number, name in enumerate(names):
            server.tell(f"EG_{number}", "COMPLETE", recorded(f"{FOLDER}/{name}", began=1790000000.0 + number))
        await take.task
    files = [(file.key, file.student_channel) for file in await recorder.recordings(ROOM)]
    alone = [TUTOR_ALONE, STUDENT_ALONE, STUDENT_ALONE]
    assert files == [(f"{FOLDER}/{name}", who) for name, who in zip(names, [None, *alone], strict=True)]


async def test_every_recording_of_a_room_is_found_in_the_order_they_began(
    recorder: EgressRecorder, server: LiveKitStandIn
) -> None:
    server.page = 1
    known(server, "COMPLETE", recorded("second.mp4", began=1790000090.5), open=True)
    known(server, "COMPLETE", recorded("first.mp4"), open=True)
    known(server, "COMPLETE")
    assert await recorder.recordings(ROOM) == [
        RecordedFile("first.mp4", 100, 60.0, 1790000000.0),
        RecordedFile("second.mp4", 100, 60.0, 1790000090.5),
    ]


@pytest.mark.parametrize("status", ["STARTING", "ACTIVE", "ENDING"])
@pytest.mark.parametrize("is_open", [True, False])
async def test_a_recording_that_goes_on_is_not_finished(
    recorder: EgressRecorder, server: LiveKitStandIn, status: str, is_open: bool
) -> None:
    known(server, status, open=is_open, ago=LONG_AGO if is_open else 0.0)
    with pytest.raises(RecordingUnfinished):
        await recorder.recordings(ROOM)


async def test_a_recording_that_says_nothing_since_its_start_but_ends_when_it_is_asked_to_is_not_lost(
    recorder: EgressRecorder, server: LiveKitStandIn
) -> None:
    known(server, "ACTIVE", ago=LONG_AGO)
    with pytest.raises(RecordingUnfinished):
        await recorder.recordings(ROOM)
    assert server.counted()["StopEgress"] == 1


@pytest.mark.parametrize("is_stored", [True, False])
async def test_of_a_recording_whose_service_died_storage_knows_what_is_left(
    recorder: EgressRecorder, server: LiveKitStandIn, store: DiskFileStore, is_stored: bool
) -> None:
    server.refusals = {"StopEgress": "unavailable"}
    known(server, "ACTIVE", recorded(f"{FOLDER}/a.mp4", size=0), ago=LONG_AGO)
    if is_stored:
        lay(store, f"{FOLDER}/a.mp4")
    cut_short = RecordedFile(f"{FOLDER}/a.mp4", 80, 60.0, 1790000000.0, truncated=True)
    assert await recorder.recordings(ROOM) == ([cut_short] if is_stored else [])


@pytest.mark.parametrize(
    ("status", "is_stored", "used"),
    [("FAILED", True, True), ("FAILED", False, False), ("ABORTED", True, False), ("LIMIT_REACHED", True, True)],
)
async def test_what_ended_badly_is_used_as_far_as_it_is_there_and_said_to_be_cut_short(
    recorder: EgressRecorder, server: LiveKitStandIn, store: DiskFileStore, status: str, is_stored: bool, used: bool
) -> None:
    known(server, status, recorded(f"{FOLDER}/a.mp4"))
    if is_stored:
        lay(store, f"{FOLDER}/a.mp4")
    assert [file.truncated for file in await recorder.recordings(ROOM)] == ([True] if used else [])


async def test_what_the_server_has_forgotten_is_found_by_the_notes_beside_the_files(
    recorder: EgressRecorder, server: LiveKitStandIn, store: DiskFileStore
) -> None:
    manifest = {
        "egress_id": "EG_old",
        "started_at": 1790000000 * 10**9,
        "files": [{"filename": f"{FOLDER}/a.mp4", "location": "http://169.254.169.254/"}],
    }
    lay(store, f"{FOLDER}/EG_old.json", manifest)
    lay(store, f"{FOLDER}/a.mp4")
    lay(store, f"{FOLDER}/left.mp4")
    lay(store, f"{FOLDER}/empty.mp4", b"")
    lay(store, "lessons/b1/recordings/0000.mp4")
    assert await recorder.recordings(ROOM) == [
        RecordedFile(f"{FOLDER}/left.mp4", 80, truncated=True),
        RecordedFile(f"{FOLDER}/a.mp4", 80, started_at=1790000000.0),
    ]


async def test_nobody_is_named_in_what_is_forgotten_where_microphones_have_files_of_their_own(
    recorder: EgressRecorder, server: LiveKitStandIn, store: DiskFileStore
) -> None:
    names = ["room.mp4", "student-1/s.ogg", "tutor-1/t.ogg"]
    for name in names:
        lay(store, f"{FOLDER}/{name}")
    note = {"egress_id": "EG_old", "files": [{"filename": f"{FOLDER}/room.mp4"}]}
    lay(store, f"{FOLDER}/EG_old.json", note)
    found = {file.key: file.student_channel for file in await recorder.recordings(ROOM)}
    alone = [None, STUDENT_ALONE, TUTOR_ALONE]
    assert found == {f"{FOLDER}/{name}": who for name, who in zip(names, alone, strict=True)}


@pytest.mark.parametrize("note", [b"", b"no json", b"[]", b"{}", b'{"egress_id": 1, "files": [{}]}', b"[" * 5000])
async def test_a_note_that_cannot_be_read_tells_nothing(
    recorder: EgressRecorder, server: LiveKitStandIn, store: DiskFileStore, note: bytes
) -> None:
    lay(store, f"{FOLDER}/EG_old.json", note)
    assert await recorder.recordings(ROOM) == []
