"""A hundred seconds of a real lesson; `make test-long`."""

import asyncio
from pathlib import Path

import psutil

from tests.livekit.lesson import Lesson, recording_child
from tests.livekit.participants import Voice
from tests.livekit.scenes import check, play
from tests.livekit.servers import LiveKitServer

MEGABYTE = 1 << 20


async def test_speakers_are_heard_when_they_spoke_over_a_hundred_seconds(
    livekit: LiveKitServer, tmp_path: Path, voices: tuple[Voice, Voice]
) -> None:
    lesson = Lesson(livekit, tmp_path, voices)
    async with lesson.recorded() as recording:
        moments = await play(lesson, pace=15.0)
        lesson.stop.set()
        await recording
    (file,) = await lesson.recorder.recordings(lesson.room)
    check(lesson, file, moments)
    assert file.seconds > 100


async def test_a_recorder_needs_half_a_core_and_no_more_memory_as_time_goes_by(
    livekit: LiveKitServer, tmp_path: Path, voices: tuple[Voice, Voice]
) -> None:
    lesson = Lesson(livekit, tmp_path, voices)
    async with lesson.recorded():
        await lesson.tutor.move()
        await asyncio.sleep(20)
        child = recording_child()
        before, memory = spent(child), child.memory_info().rss
        await asyncio.sleep(60)
        assert spent(child) - before <= 0.5 * 60
        assert child.memory_info().rss - memory < 16 * MEGABYTE


def spent(process: psutil.Process) -> float:
    """Its seconds of processor time."""
    times = process.cpu_times()
    return times.user + times.system
