"""The child of providers/realtime.py: sits hidden in one classroom and films it."""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
from livekit import rtc

from lessons.errors import RoomUnavailable
from providers.children import Say, answering
from providers.film import Film
from providers.timeline import RATE, Camera, Picture, Timeline, Voice

JOIN_WITHIN, BACK_WITHIN, LEAVE_WITHIN = 20.0, 15.0, 2.0
TICK, TELL_EVERY = 0.1, 1.0
LATENCY = 0.06
"""Seconds, about, by which what is said here has been said earlier: WebRTC's buffer against jitter."""

FRAMES_HELD, PICTURES_HELD = 3000, 3
"""How many frames of 10 ms, and pictures, may wait for us; the oldest are dropped then."""

SMALLEST = 16
"""Pictures of 8x8 come after a camera's end."""

CLOSED = (rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.ROOM_CLOSED)
ASIDE = (rtc.TrackSource.SOURCE_SCREENSHARE, rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO)


def record(question: dict[str, Any], say: Say) -> None:
    """Film the room into a folder until it is closed, our input ends or SIGTERM comes; say each second whether it is.

    The folder gets `begun.json`, the time of the film's second 0, and the film's pieces. Raises RoomUnavailable.
    """
    logging.disable()
    asyncio.run(film(question, say))


async def film(question: dict[str, Any], say: Say) -> None:
    visit = Visit(question["tutor"], question["student"])
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), visit.over.set)
    loop.add_signal_handler(signal.SIGTERM, visit.over.set)
    async with visit.to(question["url"], question["token"]):
        await write(visit, begun(Path(question["folder"]), time.time() - visit.now - LATENCY), say)
    if visit.fault:
        raise RoomUnavailable(visit.fault)


def begun(folder: Path, at: float) -> Film:
    draft = folder / "begun"
    draft.write_text(json.dumps({"started_at": at}))
    draft.replace(folder / "begun.json")
    return Film(folder)


async def write(visit: "Visit", film: Film, say: Say) -> None:
    told = 0.0
    while not visit.over.is_set():
        await asyncio.to_thread(film.write, visit.timeline.due(visit.now))
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            say(visit.is_present and film.is_safe(told))
        with suppress(TimeoutError):
            await asyncio.wait_for(visit.over.wait(), TICK)
    await asyncio.to_thread(finish, film, visit.timeline, visit.now)


def finish(film: Film, timeline: Timeline, now: float) -> None:
    while len((due := timeline.due(now, behind=0.0)).sound) or due.pictures:
        film.write(due)
    film.close()


class Visit:
    """A stay in a room, from which a timeline is filled: who is neither tutor nor student is not heard."""

    def __init__(self, tutor: str, student: str) -> None:
        self.timeline = timeline = Timeline()
        self.places: dict[tuple[str, int], Voice | Camera] = {
            (tutor, rtc.TrackKind.KIND_AUDIO): timeline.tutor,
            (student, rtc.TrackKind.KIND_AUDIO): timeline.student,
            (tutor, rtc.TrackKind.KIND_VIDEO): timeline.camera,
        }
        self.room = rtc.Room()
        self.readers: dict[str, asyncio.Task[None]] = {}
        self.over = asyncio.Event()
        self.fault = ""
        self.absence: asyncio.TimerHandle | None = None
        self.begun = time.monotonic()

    @property
    def now(self) -> float:
        """Seconds of the recording."""
        return time.monotonic() - self.begun

    @property
    def is_present(self) -> bool:
        """Whether we are in the room; while only its signalling is lost, people are heard on."""
        return self.absence is None or self.now - self.timeline.heard < TELL_EVERY

    @asynccontextmanager
    async def to(self, url: str, token: str) -> AsyncIterator[None]:
        self.heed_events()
        try:
            async with asyncio.timeout(JOIN_WITHIN):
                await self.room.connect(url, token, rtc.RoomOptions(auto_subscribe=False))
        except (rtc.ConnectError, TimeoutError):
            raise RoomUnavailable("it cannot be joined") from None
        self.begun = time.monotonic()
        try:
            self.subscribe_to_all()
            yield
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.room.disconnect(), LEAVE_WITHIN)

    def heed_events(self) -> None:
        self.room.on("track_published", self.subscribe)
        self.room.on("track_subscribed", self.listen)
        self.room.on("track_unsubscribed", lambda track, publication, person: self.stop_listening(publication.sid))
        self.room.on("track_muted", self.darken)
        self.room.on("reconnecting", self.be_absent)
        self.room.on("reconnected", self.be_back)
        self.room.on("disconnected", self.leave)

    def place_of(self, publication: rtc.TrackPublication, person: rtc.Participant) -> Voice | Camera | None:
        return None if publication.source in ASIDE else self.places.get((person.identity, publication.kind))

    def subscribe_to_all(self) -> None:
        for person in self.room.remote_participants.values():
            for publication in person.track_publications.values():
                self.subscribe(publication, person)

    def subscribe(self, publication: rtc.RemoteTrackPublication, person: rtc.RemoteParticipant) -> None:
        if self.place_of(publication, person):
            publication.set_subscribed(True)

    def listen(self, track: rtc.Track, publication: rtc.RemoteTrackPublication, person: rtc.RemoteParticipant) -> None:
        self.stop_listening(publication.sid)
        match self.place_of(publication, person):
            case Voice() as voice:
                self.readers[publication.sid] = asyncio.create_task(self.hear(track, voice))
            case Camera() as camera:
                self.readers[publication.sid] = asyncio.create_task(self.watch(track, camera))

    def stop_listening(self, publication: str) -> None:
        """Cancel what reads a track: a stream of the SDK does not end with its track, but goes on with the next one."""
        if reader := self.readers.pop(publication, None):
            reader.cancel()

    async def hear(self, track: rtc.Track, voice: Voice) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, capacity=FRAMES_HELD)
        try:
            async for event in stream:
                voice.hear(stream, np.frombuffer(event.frame.data, np.int16), self.now)
        finally:
            voice.leave(stream)
            await stream.aclose()

    async def watch(self, track: rtc.Track, camera: Camera) -> None:
        stream = rtc.VideoStream(track, capacity=PICTURES_HELD, format=rtc.VideoBufferType.I420)
        try:
            async for event in stream:
                if min(event.frame.width, event.frame.height) > SMALLEST:
                    camera.see(picture_of(event), self.now)
        finally:
            camera.see(None, self.now)
            await stream.aclose()

    def darken(self, person: rtc.Participant, publication: rtc.TrackPublication) -> None:
        match self.place_of(publication, person):
            case Camera() as camera:
                camera.see(None, self.now)

    def be_absent(self) -> None:
        if self.absence is None:
            self.absence = asyncio.get_running_loop().call_later(BACK_WITHIN, self.leave, None)

    def be_back(self) -> None:
        if self.absence:
            self.absence.cancel()
            self.absence = None
        self.subscribe_to_all()

    def leave(self, reason: "rtc.DisconnectReason.ValueType | None") -> None:
        if reason not in CLOSED and not self.over.is_set():
            self.fault = "it was lost" if reason is None else rtc.DisconnectReason.Name(reason).lower()
        self.over.set()


def picture_of(event: rtc.VideoFrameEvent) -> Picture:
    frame = event.frame
    return Picture(frame.width, frame.height, np.frombuffer(frame.data, np.uint8), cast(int, event.rotation))


if __name__ == "__main__":
    answering(record)
