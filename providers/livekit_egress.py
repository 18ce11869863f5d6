"""Lessons recorded by LiveKit's egress service: one file with the tutor on the left and the student on the right.

Wire: https://docs.livekit.io/reference/other/egress/api/. A server that does not know StartEgress yet records the
whole room in one file, and each microphone in one of its own.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain

import aiohttp
from livekit import api

from lessons.capture import (
    Egress,
    Outcome,
    RecordedFile,
    files_of,
    newest,
    outcome_of,
    status_of,
)
from lessons.errors import PartCrashed, RecordingUnfinished, RoomUnavailable
from lessons.hearing import student_channel_of
from lessons.ports import Classroom, FileStore
from providers.livekit import in_our_words
from providers.object_keys import checked

NANO = 1e9
PATIENCE = 15.0
"""Seconds after which a call is given up: a server without an egress service answers later than that."""

POLL = 1.0
UNSEEN = 10
"""So many times a recording that has just begun may be missing from what the server lists."""

OTHERS = "recordings/"
"""Below a room's folder in the bucket: what our own recorder keeps there."""

MANIFEST = 1 << 16
MEDIA = (".mp4", ".ogg", ".webm", ".mp3", ".m4a")
SOON = timedelta(seconds=10)

Shown = Callable[[bool], Awaitable[None]]


@dataclass(frozen=True)
class EgressRecorder:
    """A Recorder for a LiveKit server with an egress service, which puts files into `bucket`, where `files` finds them.

    Without a bucket the service puts them where its own configuration says. Also raises OperatorAction.
    """

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    files: FileStore
    bucket: api.S3Upload | None = field(default=None, repr=False)
    poll: float = POLL

    @property
    def server(self) -> api.LiveKitAPI:
        return api.LiveKitAPI(self.url, self.api_key, self.api_secret, session=self.session, failover=False)

    async def record(self, room: Classroom, stop: asyncio.Event, shown: Shown) -> None:
        """Go on with what is being recorded already, else begin; a cancellation leaves it as it is."""
        ids = {one.egress_id for one in await self.listed(room.name, active=True)}
        if stop.is_set() and not ids:
            return
        if not ids:
            ids = await self.begin(room)
        await self.follow(room, ids, stop, shown)

    async def follow(self, room: Classroom, ids: set[str], stop: asyncio.Event, shown: Shown) -> None:
        """See a recording to its end, also while the server does not answer; raises PartCrashed where it fails."""
        is_shown = is_stopped = False
        unseen = 0
        while True:
            with suppress(RoomUnavailable):
                if stop.is_set() and not is_stopped:
                    is_stopped = await self.end(ids)
                infos = [one for one in await self.as_they_are(room.name) if one.egress_id in ids]
                unseen = 0 if infos else unseen + 1
                if is_shown is not (now_shown := not is_stopped and any(map(is_active, infos))):
                    await shown(is_shown := now_shown)
                if unseen > UNSEEN or (infos and not any(outcome_of(egress_of(one)) is Outcome.WAIT for one in infos)):
                    break
                if not is_stopped:
                    ids |= await self.each_microphone(room, infos)
            await pause(self.poll, None if is_stopped else stop)
        if not is_stopped and all(one.status in FAILURES for one in infos):
            raise PartCrashed("the egress service ended the recording")

    async def as_they_are(self, room: str) -> list[api.EgressInfo]:
        """The room's recordings; where it is closed, those that seem to go on are asked to end, and the dead are lost.

        Nothing is told of a recording while it goes on, so that its last word may be old.
        """
        infos = await self.listed(room)
        waits = [one for one in infos if outcome_of(egress_of(one)) is Outcome.WAIT]
        if not waits or await self.is_open(room):
            return infos
        now = datetime.now(UTC)
        for one in filter(is_going_on, waits):
            with suppress(RoomUnavailable):
                await self.end({one.egress_id})
        again = {one.egress_id: one for one in await self.listed(room)}
        return [
            as_lost(one) if outcome_of(egress_of(one), False, now) is Outcome.LOOK else one for one in again.values()
        ]

    async def hush(self, room: Classroom) -> None:
        await self.end({one.egress_id for one in await self.listed(room.name, active=True)})

    async def recordings(self, room: Classroom) -> list[RecordedFile]:
        """By what the server knows, by the notes that the service left beside the files, and by what lies there."""
        egresses = newest(map(egress_of, await self.as_they_are(room.name)))
        outcomes = {one.id: outcome_of(one) for one in egresses}
        if Outcome.WAIT in outcomes.values():
            raise RecordingUnfinished(after=SOON)
        doubtful = [file.key for one in egresses if outcomes[one.id] is Outcome.LOOK for file in one.files]
        stored = {key: await self.files.size(key) for key in doubtful}
        known = list(chain.from_iterable(files_of(one, outcomes[one.id], stored) for one in egresses))
        useless = {file.key for one in egresses for file in one.files}
        found = [file async for file in self.left_in_storage(room.name, useless, {one.id for one in egresses})]
        return sorted([*known, *found], key=lambda file: file.started_at)

    async def left_in_storage(self, room: str, told: set[str], ids: set[str]) -> AsyncIterator[RecordedFile]:
        """Files that the server has forgotten, by their manifests; what lies there without one was cut short.

        Where microphones have files of their own the others are mixed: the server did not know StartEgress.
        """
        folder = f"lessons/{checked(room)}/"
        keys = [key for key in await self.files.keys(folder) if not key.startswith(folder + OTHERS)]
        untold = {key for key in keys if key.endswith(MEDIA)} - told
        shared = None if any(student_channel_of(key) for key in keys) else 1
        for key in [key for key in keys if key.endswith(".json")]:
            manifest = read_manifest(await self.files.read(key, MANIFEST))
            for name in sorted(untold & set(manifest.names)) if manifest.egress_id not in ids else ():
                untold.discard(name)
                channel = student_channel_of(name) or shared
                yield RecordedFile(name, await self.files.size(name), 0.0, manifest.started_at, channel)
        for key in sorted(untold):
            if size := await self.files.size(key):
                yield RecordedFile(key, size, student_channel=student_channel_of(key) or shared, truncated=True)

    async def begin(self, room: Classroom) -> set[str]:
        with in_our_words():
            try:
                return {(await self.server.egress.start_egress(self.both_in_one(room))).egress_id}
            except api.ServerError as error:
                if error.code != "bad_route":
                    raise
            composite = await self.server.egress.start_room_composite_egress(self.whole_room(room))
        return {composite.egress_id}

    def both_in_one(self, room: Classroom) -> api.StartEgressRequest:
        sides = {room.tutor: api.AudioChannel.AUDIO_CHANNEL_LEFT, room.student: api.AudioChannel.AUDIO_CHANNEL_RIGHT}
        routes = [api.AudioRoute(participant_identity=who, channel=side) for who, side in sides.items()]
        file = api.FileOutput(file_type=api.EncodedFileType.MP4, filepath=folder_of("{room_name}"))
        return api.StartEgressRequest(
            room_name=room.name,
            media=api.MediaSource(
                participant_video=api.ParticipantVideo(identity=room.tutor), audio=api.AudioConfig(routes=routes)
            ),
            outputs=[api.Output(file=file)],
            storage=api.StorageConfig(s3=self.bucket) if self.bucket else None,
        )

    def whole_room(self, room: Classroom) -> api.RoomCompositeEgressRequest:
        file = api.EncodedFileOutput(
            file_type=api.EncodedFileType.MP4, filepath=folder_of("{room_name}"), s3=self.bucket
        )
        return api.RoomCompositeEgressRequest(room_name=room.name, layout="speaker", file_outputs=[file])

    async def each_microphone(self, room: Classroom, infos: Sequence[api.EgressInfo]) -> set[str]:
        """Where the room is recorded as a whole: begin with every microphone that has no recording of its own yet."""
        if not any(one.WhichOneof("request") == "room_composite" for one in infos):
            return set()
        heard = {one.track.track_id for one in infos if one.WhichOneof("request") == "track"}
        begun: set[str] = set()
        with in_our_words():
            people = await self.server.room.list_participants(api.ListParticipantsRequest(room=room.name))
            for who, track in microphones(people.participants, (room.tutor, room.student)):
                if track not in heard:
                    file = api.DirectFileOutput(filepath=f"{folder_of('{room_name}')}{who}/", s3=self.bucket)
                    asked = api.TrackEgressRequest(room_name=room.name, track_id=track, file=file)
                    begun.add((await self.server.egress.start_track_egress(asked)).egress_id)
        return begun

    async def end(self, ids: set[str]) -> bool:
        """Stop recordings, which is then true; one that has ended already is fine."""
        for one in sorted(ids):
            with in_our_words():
                try:
                    await self.server.egress.stop_egress(api.StopEgressRequest(egress_id=one))
                except api.ServerError as error:
                    if error.code not in ("failed_precondition", "not_found"):
                        raise
        return True

    async def listed(self, room: str, active: bool = False) -> list[api.EgressInfo]:
        found: list[api.EgressInfo] = []
        page = None
        with in_our_words():
            while page is None or page.token:
                asked = api.ListEgressRequest(room_name=room, active=active, page_token=page)
                answer = await self.server.egress.list_egress(asked)
                found, page = [*found, *answer.items], answer.next_page_token
        return found

    async def is_open(self, room: str) -> bool:
        with in_our_words():
            return bool((await self.server.room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms)


def upload_to(bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> api.S3Upload:
    """Where the service is to put files: a bucket that is addressed by path, as ours is."""
    return api.S3Upload(
        access_key=access_key,
        secret=secret_key,
        region=region,
        endpoint=endpoint,
        bucket=bucket,
        force_path_style=True,
    )


@asynccontextmanager
async def egress_recorder(
    url: str, api_key: str, api_secret: str, files: FileStore, bucket: api.S3Upload | None = None, poll: float = POLL
) -> AsyncIterator[EgressRecorder]:
    """A recorder for the server at `url`, until the block is left."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        yield EgressRecorder(url, api_key, api_secret, session, files, bucket, poll)


FAILURES = (api.EgressStatus.EGRESS_FAILED, api.EgressStatus.EGRESS_ABORTED)


def is_active(info: api.EgressInfo) -> bool:
    return info.status == api.EgressStatus.EGRESS_ACTIVE


def is_going_on(info: api.EgressInfo) -> bool:
    return info.status in (api.EgressStatus.EGRESS_STARTING, api.EgressStatus.EGRESS_ACTIVE)


def as_lost(info: api.EgressInfo) -> api.EgressInfo:
    """A recording whose service died: as if it had said that it failed."""
    lost = api.EgressInfo()
    lost.CopyFrom(info)
    lost.status = api.EgressStatus.EGRESS_FAILED
    return lost


async def pause(seconds: float, stop: asyncio.Event | None) -> None:
    """Wait, no longer than until `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for((stop or asyncio.Event()).wait(), seconds)


@dataclass(frozen=True)
class Manifest:
    """What the service notes beside the files of a recording; without names it is of no use."""

    egress_id: str = ""
    started_at: float = 0.0
    names: tuple[str, ...] = ()


def read_manifest(raw: bytes) -> Manifest:
    try:
        said = json.loads(raw)
        names = tuple(str(file["filename"]) for file in said.get("files") or ())
        return Manifest(str(said["egress_id"]), int(said.get("started_at") or 0) / NANO, names)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest()


def folder_of(room: str) -> str:
    """Where the service puts the files of one session of a room, whose id it fills in."""
    return f"lessons/{room}/{{room_id}}/"


def egress_of(info: api.EgressInfo) -> Egress:
    """What the server tells of a recording; nothing of how it was asked for, which may hold keys."""
    routes = [(one.participant_identity, str(one.channel)) for one in info.egress.media.audio.routes]
    files = tuple(
        RecordedFile(
            file.filename,
            file.size or None,
            file.duration / NANO,
            file.started_at / NANO,
            student_channel_of(file.filename, routes, info.participant.identity),
        )
        for file in info.file_results
        if file.filename
    )
    return Egress(
        info.egress_id, status_of(str(info.status)), datetime.fromtimestamp(info.updated_at / NANO, UTC), files
    )


def microphones(people: Sequence[api.ParticipantInfo], wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in people:
        for track in one.tracks if one.identity in wanted else ():
            if track.source == api.TrackSource.MICROPHONE:
                yield one.identity, track.sid
