"""The recorder in a real LiveKit room with people who really speak."""

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from livekit import rtc

from lessons.errors import OperatorAction, PartCrashed, RecordingUnfinished, RoomUnavailable
from providers.media import PyAvMediaReader
from providers.realtime_child import Visit
from studio.children import stopped_at_last
from tests.livekit.lesson import Lesson, recording_child
from tests.livekit.listening import heard_at
from tests.livekit.participants import Voice, in_the_room
from tests.livekit.scenes import APART, WINDOW, after, check, check_voices, heard, play
from tests.livekit.servers import LiveKitServer, livekit_server
from tests.processes import until
from tests.providers.counting import counting_storage

Voices = tuple[Voice, Voice]


@pytest.fixture
def lesson(livekit: LiveKitServer, tmp_path: Path, voices: Voices) -> Lesson:
    return Lesson(livekit, tmp_path, voices)


async def test_speakers_are_heard_when_they_spoke_through_mute_unpublish_rejoin_and_resize(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        moments = await play(lesson, pace=3.0)
        lesson.stop.set()
        await recording
    (file,) = await lesson.recorder.recordings(lesson.room)
    check(lesson, file, moments)
    assert lesson.shown == [True, False]
    assert file.bytes == lesson.path_of(file).stat().st_size
    await check_that_it_is_taken(lesson.path_of(file), file.seconds)


async def test_a_second_microphone_for_a_moment_moves_nothing_that_is_said_later(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        await lesson.tutor.speak("a second time")
        during = await after(3.0)
        await lesson.tutor.hush("a second time")
        later = await after(3.0)
        lesson.stop.set()
        await recording
    (file,) = await lesson.recorder.recordings(lesson.room)
    check_voices(heard(lesson, file, [during, later]), 1000 * max(lesson.tutor.late, lesson.student.late))


async def check_that_it_is_taken(path: Path, seconds: float) -> None:
    """The one pass over a recording finds both voices in it."""

    async def ignore(done: float) -> None:
        assert 0 <= done <= 1

    with counting_storage(path.parent) as storage:
        measured = await PyAvMediaReader().read(storage.url(path.name), path.with_suffix(".m4a"), ignore)
    assert measured.channels == 2
    assert min(measured.loudness) > -45
    assert measured.seconds == pytest.approx(seconds, abs=0.1)
    assert measured.video_packets == pytest.approx(seconds * 15, abs=2)


async def test_a_killed_recorder_costs_three_seconds_and_goes_on_with_a_part_in_its_place(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        await asyncio.sleep(4)
        recording_child().kill()
        killed = time.time()
        with pytest.raises(PartCrashed):
            await recording
        again = lesson.record()
        await lesson.is_shown.wait()
        await asyncio.sleep(4)
        lesson.stop.set()
        await again
    first, second = await lesson.recorder.recordings(lesson.room)
    assert lesson.shown == [True, False, True, False]
    assert killed - first.started_at - first.seconds <= 3.0
    late = [
        heard_at(file.started_at + file.seconds - 3, WINDOW, channel, file, voice, lesson.begins)
        for file in (first, second)
        for channel, voice in zip(lesson.sound_of(file), lesson.voices, strict=True)
    ]
    assert max(abs(one.late) for one in late) <= APART + 1000 * max(lesson.tutor.late, lesson.student.late)
    assert min(one.likeness for one in late) > 0.3


async def test_a_machine_that_dies_costs_seconds_only(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        await asyncio.sleep(11)
        recording_child().kill()
        killed = time.time()
        shutil.rmtree(lesson.scratch)
        with pytest.raises(PartCrashed):
            await recording
    (file,) = await lesson.recorder.recordings(lesson.room)
    assert file.seconds > 5
    assert killed - file.started_at - file.seconds <= 30


async def test_a_recorder_that_is_stuck_is_not_shown_until_it_goes_on(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        recording_child().suspend()
        await until(lambda: lesson.shown == [True, False])
        recording_child().resume()
        await lesson.is_shown.wait()
        lesson.stop.set()
        await recording
    assert lesson.shown == [True, False, True, False]


async def test_a_recorder_that_is_stopped_with_its_worker_leaves_nothing_on_its_machine(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        await asyncio.sleep(2)
        with pytest.raises(RecordingUnfinished):
            await lesson.recorder.recordings(lesson.room)
        recording.cancel()
        killed = time.time()
        await asyncio.wait([recording])
    assert list(lesson.scratch.iterdir()) == []
    found = await lesson.recorder.recordings(lesson.room)
    assert killed - found[0].started_at - found[0].seconds <= 1.0
    assert await lesson.recorder.recordings(lesson.room) == found
    assert sorted(path.name for path in (lesson.folder / "recordings").rglob("*") if path.is_file()) == [
        "0000.json",
        "0000.mp4",
    ]
    assert list(lesson.scratch.iterdir()) == []


async def test_a_room_that_is_closed_ends_it(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        await lesson.close()
        await recording
    assert lesson.shown == [True, False]
    assert len(await lesson.recorder.recordings(lesson.room)) == 1


async def test_who_is_neither_tutor_nor_student_is_not_recorded(lesson: Lesson) -> None:
    guest = lesson.person("guest", lesson.voices[0])
    async with in_the_room(guest):
        await guest.speak()
        recording = lesson.record()
        await asyncio.sleep(5)
        lesson.stop.set()
        await recording
    (file,) = await lesson.recorder.recordings(lesson.room)
    assert lesson.shown == []
    assert max(abs(int(channel.max())) for channel in lesson.sound_of(file)) == 0


async def test_it_ends_when_nobody_is_left(lesson: Lesson) -> None:
    async with lesson.recorded() as recording:
        await lesson.tutor.leave()
        await lesson.student.leave()
        await recording
    assert lesson.shown == [True, False]


async def test_it_hears_on_after_its_connection_was_made_anew(lesson: Lesson) -> None:
    visit, back = Visit(lesson.room.tutor, lesson.room.student), asyncio.Event()
    visit.room.on("reconnected", back.set)
    async with (
        in_the_room(lesson.student),
        visit.to(lesson.server.url, lesson.recorder.token(lesson.room.name)),
    ):
        await lesson.student.speak()
        await until(lambda: visit.timeline.student.heard > 0)
        await visit.room.simulate_scenario(rtc.SimulateScenarioKind.Value("SIMULATE_FULL_RECONNECT"))
        await back.wait()
        came_back = visit.now
        await until(lambda: visit.timeline.student.heard > came_back + 1)
        assert visit.is_present


async def test_a_recorder_of_another_worker_is_put_out(lesson: Lesson, tmp_path: Path) -> None:
    async with lesson.recorded() as recording:
        another = Lesson(lesson.server, tmp_path / "another", lesson.voices, lesson.room)
        await another.recorder.hush(lesson.room)
        with pytest.raises(RoomUnavailable):
            await recording
    assert lesson.shown == [True, False]


async def test_nobody_is_put_out_of_a_room_that_is_not_there(lesson: Lesson) -> None:
    await lesson.recorder.hush(lesson.room)


async def test_a_room_that_is_not_there_is_not_made(lesson: Lesson) -> None:
    await lesson.record()
    assert lesson.shown == []
    assert await lesson.recorder.is_open(lesson.room.name) is False
    assert await lesson.recorder.recordings(lesson.room) == []


async def test_a_wrong_secret_is_told(livekit: LiveKitServer, tmp_path: Path, voices: Voices) -> None:
    stranger = LiveKitServer(livekit.port, livekit.rtc_port, livekit.key)
    with pytest.raises(OperatorAction, match="STUDIO_LIVEKIT__API_SECRET") as refused:
        await Lesson(stranger, tmp_path, voices).record()
    assert stranger.secret not in str(refused.value)


async def test_a_server_that_is_not_there_is_told(tmp_path: Path, voices: Voices) -> None:
    with pytest.raises(RoomUnavailable):
        await Lesson(LiveKitServer(), tmp_path, voices).record()


async def test_a_server_that_is_lost_is_told(livekit_is_here: None, tmp_path: Path, voices: Voices) -> None:
    server = LiveKitServer()
    lesson = Lesson(server, tmp_path, voices)
    async with stopped_at_last([livekit_server(server, tmp_path / "livekit")], tmp_path, print) as (child,):
        await child.start()
        async with lesson.recorded() as recording:
            await child.stop()
            with pytest.raises(RoomUnavailable):
                await recording
    assert lesson.shown == [True, False]
