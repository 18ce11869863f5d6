"""People who sit in a LiveKit room and speak and move: real participants, in this process."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

import av
import numpy as np
from livekit import rtc
from numpy.typing import NDArray

RATE, FPS = 48_000, 15
STEPS = 12
TEN_MS = RATE // 100

Voice = NDArray[np.int16]


def voices_in(recording: Path) -> tuple[Voice, Voice]:
    """The tutor's and the student's voice of a recording with one on each channel."""
    with av.open(str(recording)) as file:
        resampler = av.AudioResampler("s16p", "stereo", RATE)
        frames = [piece for frame in file.decode(audio=0) for piece in resampler.resample(frame)]
    both = [np.asarray(frame.to_ndarray(), np.int16) for frame in frames]
    return np.concatenate([one[0] for one in both]), np.concatenate([one[1] for one in both])


def without_pauses(voice: Voice) -> Voice:
    """The voice where it is heard, and nothing between."""
    tenths = voice[: len(voice) // 4800 * 4800].reshape(-1, 4800)
    return np.concatenate([tenth for tenth in tenths if np.abs(tenth.astype(int)).mean() > 200])


class Person:
    """One participant, whose voice runs on by the clock from `begins` (time.time()) on, heard or not.

    `late` is by how many seconds a busy machine has made it miss that clock, at worst.
    """

    def __init__(self, url: str, token: str, voice: Voice, begins: float) -> None:
        self.url, self.token, self.voice, self.begins = url, token, voice, begins
        self.room: rtc.Room | None = None
        self.microphones: dict[str, rtc.LocalTrackPublication] = {}
        self.size = (1280, 720)
        self.late = 0.0
        self.doing: dict[str, asyncio.Task[None]] = {}

    async def join(self) -> None:
        self.room = rtc.Room()
        await self.room.connect(self.url, self.token, rtc.RoomOptions(auto_subscribe=False))

    async def leave(self) -> None:
        for what in list(self.doing):
            await self.stop(what)
        if self.room:
            await self.room.disconnect()
            self.room = None

    async def speak(self, microphone: str = "speaking") -> None:
        """Publish a microphone."""
        source = rtc.AudioSource(RATE, 1, queue_size_ms=0)
        track = rtc.LocalAudioTrack.create_audio_track(microphone, source)
        self.microphones[microphone] = await self.publish(track, rtc.TrackSource.SOURCE_MICROPHONE)
        self.doing[microphone] = asyncio.create_task(self.say(source))

    async def hush(self, microphone: str = "speaking") -> None:
        """Unpublish it."""
        await self.stop(microphone)
        if self.room and (published := self.microphones.pop(microphone, None)):
            await self.room.local_participant.unpublish_track(published.sid)

    def mute(self, muted: bool) -> None:
        published = self.microphones.get("speaking")
        track = published.track if published else None
        if isinstance(track, rtc.LocalAudioTrack):
            track.mute() if muted else track.unmute()

    async def move(self) -> None:
        """Publish the camera; `size` may change at any time."""
        source = rtc.VideoSource(*self.size)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        await self.publish(track, rtc.TrackSource.SOURCE_CAMERA)
        self.doing["moving"] = asyncio.create_task(self.be_seen(source))

    async def publish(self, track: rtc.LocalTrack, source: "rtc.TrackSource.ValueType") -> rtc.LocalTrackPublication:
        if self.room is None:
            raise AssertionError("join first")
        options = rtc.TrackPublishOptions(source=source, simulcast=False, dtx=False)
        return await self.room.local_participant.publish_track(track, options)

    async def say(self, source: rtc.AudioSource) -> None:
        """Send each ten milliseconds when it is their time, without a queue that would delay them."""
        at = round((time.time() - self.begins) * RATE)
        while True:
            spoken = np.take(self.voice, np.arange(at, at + TEN_MS), mode="wrap")
            await asyncio.sleep(max(0.0, self.begins + at / RATE - time.time()))
            self.late = max(self.late, time.time() - self.begins - at / RATE)
            await source.capture_frame(rtc.AudioFrame(spoken.astype(np.int16).tobytes(), RATE, 1, TEN_MS))
            at += TEN_MS

    async def be_seen(self, source: rtc.VideoSource) -> None:
        number = 0
        while True:
            width, height = self.size
            picture = drawn(width, height, number % STEPS)
            source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, picture))
            number += 1
            await asyncio.sleep(1 / FPS)

    async def stop(self, what: str) -> None:
        if task := self.doing.pop(what, None):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@cache
def drawn(width: int, height: int, step: int) -> bytes:
    """A dark ground with a bright bar that wanders to the right, in I420; even sides."""
    left = step * width // STEPS
    luma = np.full((height, width), 70, np.uint8)
    luma[height // 4 : height * 3 // 4, left : left + width // 8] = 200
    blue = np.full((height // 2, width // 2), 170, np.uint8)
    blue[height // 8 : height * 3 // 8, left // 2 : left // 2 + width // 16] = 60
    red = np.full((height // 2, width // 2), 100, np.uint8)
    return luma.tobytes() + blue.tobytes() + red.tobytes()


@asynccontextmanager
async def in_the_room(*people: Person) -> AsyncIterator[None]:
    """Let people join, and make sure that they leave."""
    try:
        for person in people:
            await person.join()
        yield
    finally:
        for person in people:
            await person.leave()
