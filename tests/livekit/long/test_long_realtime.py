"""A hundred seconds of a real lesson; `make test-long`."""

from pathlib import Path

from tests.livekit.lesson import Lesson
from tests.livekit.participants import Voice
from tests.livekit.scenes import check, play
from tests.livekit.servers import LiveKitServer


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
