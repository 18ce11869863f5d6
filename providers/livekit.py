"""Classrooms on a LiveKit server, by its Room Service."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api

from lessons.errors import OperatorAction, RoomUnavailable, slug
from lessons.ports import Classroom, Guest

PATIENCE = 5.0
"""Seconds after which a call is given up; whoever called tries again."""

EMPTY, DEPARTURE, PEOPLE = 900, 180, 2
"""Seconds for which a room waits for its first person, and for its last one to come back; recorders do not count."""

SOURCES = ["camera", "microphone", "screen_share", "screen_share_audio"]
LONGEST_NAME = 120
MOST_SKEW = 60.0
RECORDER = "EG_"

WRONG_KEY = "the server refuses our key: correct STUDIO_LIVEKIT__API_KEY and STUDIO_LIVEKIT__API_SECRET"
WRONG_URL = "no LiveKit server is there: correct STUDIO_LIVEKIT__URL"


@contextmanager
def in_our_words() -> Iterator[None]:
    """Tell the server's errors in the words of the ports; their own hold tokens."""
    try:
        yield
    except api.ServerError as error:
        if error.status in (401, 403):
            raise OperatorAction(WRONG_KEY) from None
        if error.status in (404, 405) and error.code in ("unknown", "bad_route"):
            raise OperatorAction(WRONG_URL) from None
        raise RoomUnavailable(slug(error.code)) from None
    except (aiohttp.InvalidURL, DecodeError):
        raise OperatorAction(WRONG_URL) from None
    except (aiohttp.ClientError, TimeoutError, OSError, AttributeError):
        # The library takes the JSON of an error for an object; a proxy's need be none.
        raise RoomUnavailable from None


@contextmanager
def none_is_fine() -> Iterator[None]:
    """Tell the server's errors in the words of the ports, but for what is not there any more."""
    try:
        with in_our_words():
            yield
    except RoomUnavailable as error:
        if error.detail != "not_found":
            raise


@dataclass(frozen=True)
class LiveKitRooms:
    """Rooms on the server at `url`; nothing is tried twice here."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)

    @property
    def server(self) -> api.LiveKitAPI:
        return api.LiveKitAPI(self.url, self.api_key, self.api_secret, session=self.session, failover=False)

    async def open(self, room: Classroom) -> None:
        asked = api.CreateRoomRequest(
            name=room.name,
            empty_timeout=EMPTY,
            departure_timeout=DEPARTURE,
            max_participants=PEOPLE,
            metadata=ids_of(room),
        )
        with in_our_words():
            await self.server.room.create_room(asked)

    async def people(self, name: str) -> list[str] | None:
        """Asked of the participants: a room's own count of them lags behind by seconds."""
        with in_our_words():
            found = await self.server.room.list_participants(api.ListParticipantsRequest(room=name))
            people = [one.identity for one in found.participants if is_person(one)]
            return people if found.participants or await self.is_open(name) else None

    async def is_open(self, name: str) -> bool:
        return bool((await self.server.room.list_rooms(api.ListRoomsRequest(names=[name]))).rooms)

    async def close(self, name: str) -> None:
        with none_is_fine():
            await self.server.room.delete_room(api.DeleteRoomRequest(room=name))

    async def put_out(self, name: str, identity: str) -> None:
        """Have somebody leave the room, who may not be there."""
        with none_is_fine():
            await self.server.room.remove_participant(api.RoomParticipantIdentity(room=name, identity=identity))

    def token(self, room: Classroom, guest: Guest, lasts: timedelta) -> str:
        return token_for(room, guest, lasts, self.api_key, self.api_secret)

    async def look(self) -> None:
        """Raise RoomUnavailable, or OperatorAction with the setting to correct, where people could not enter."""
        with in_our_words():
            async with self.session.get(re.sub("^ws", "http", self.url)) as answer:
                refuse_skew(answer.headers.get("date", ""))
            await self.is_open("nobody's")


@asynccontextmanager
async def livekit_rooms(url: str, api_key: str, api_secret: str) -> AsyncIterator[LiveKitRooms]:
    """Rooms on the server at `url` (`ws`, `wss`, `http` or `https`), until the block is left."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        yield LiveKitRooms(url, api_key, api_secret, session)


def token_for(room: Classroom, guest: Guest, lasts: timedelta, api_key: str, api_secret: str) -> str:
    """A JWT with the least grants, and the room as it is to be: a late join makes a closed one anew.

    Source: https://docs.livekit.io/home/get-started/authentication/.
    """
    configuration = api.RoomConfiguration(
        empty_timeout=EMPTY, departure_timeout=DEPARTURE, max_participants=PEOPLE, metadata=ids_of(room)
    )
    token = api.AccessToken(api_key, api_secret).with_identity(guest.identity).with_ttl(lasts)
    named = token.with_name(guest.name[:LONGEST_NAME]).with_room_config(configuration)
    return named.with_grants(grants_in(room.name, guest)).to_jwt()


def grants_in(name: str, guest: Guest) -> api.VideoGrants:
    return api.VideoGrants(
        room_join=True,
        room=name,
        room_admin=guest.is_host or None,
        can_publish_sources=SOURCES,
        can_update_own_metadata=False,
    )


def ids_of(room: Classroom) -> str:
    """A room's metadata, which everybody in it can read."""
    return json.dumps({"booking_id": room.name, "tutor": room.tutor, "student": room.student})


def is_person(one: api.ParticipantInfo) -> bool:
    """Whether it is somebody in the room: no recorder, no agent, nobody who has just left."""
    standard = one.kind == api.ParticipantInfo.Kind.STANDARD
    return standard and one.state != api.ParticipantInfo.State.DISCONNECTED and not one.identity.startswith(RECORDER)


def refuse_skew(date: str) -> None:
    """Raise OperatorAction where the server's clock, as its header Date has it, would refuse our tokens."""
    try:
        ahead = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except ValueError:
        return
    if abs(ahead) > MOST_SKEW:
        raise OperatorAction(f"its clock and ours are {abs(ahead):.0f} s apart: set both by NTP")
