"""LiveKit's tokens, claim by claim, and what its server's answers mean."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import jwt
import pytest

from lessons.errors import OperatorAction, RoomUnavailable
from lessons.ports import Classroom, Guest
from providers.livekit import LiveKitRooms, livekit_rooms, token_for
from tests.vendors.twirp import Pretending, pretended

KEY, SECRET = "devkey", "a secret of at least thirty-two characters"
ROOM = Classroom("5f4d", "tutor-1", "student-2")
MIRA, LUCIA = Guest(ROOM.tutor, "Mira", is_host=True), Guest(ROOM.student, "Lucia " * 40, is_host=False)


def claims_of(guest: Guest, lasts: timedelta = timedelta(minutes=90)) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token_for(ROOM, guest, lasts, KEY, SECRET), SECRET, ["HS256"])
    return claims


GRANTS = {
    "room": ROOM.name,
    "roomJoin": True,
    "canPublish": True,
    "canPublishData": True,
    "canPublishSources": ["camera", "microphone", "screen_share", "screen_share_audio"],
    "canSubscribe": True,
    "canUpdateOwnMetadata": False,
}


def test_a_student_may_join_one_room_and_speak_and_be_seen_there_and_nothing_else() -> None:
    assert claims_of(LUCIA)["video"] == GRANTS


def test_a_tutor_may_also_keep_order_in_that_room() -> None:
    assert claims_of(MIRA)["video"] == GRANTS | {"roomAdmin": True}


def test_a_token_names_its_person_and_ends_when_it_should() -> None:
    claims = claims_of(LUCIA)
    assert (claims["iss"], claims["sub"]) == (KEY, ROOM.student)
    assert claims["exp"] - claims["nbf"] == 90 * 60
    assert claims["name"] == LUCIA.name[:120]
    assert not {"metadata", "attributes", "sip", "agent"} & claims.keys()


def test_a_token_carries_the_room_as_it_is_to_be_with_ids_only() -> None:
    configuration = claims_of(LUCIA)["roomConfig"]
    assert json.loads(configuration.pop("metadata")) == {
        "booking_id": ROOM.name,
        "tutor": ROOM.tutor,
        "student": ROOM.student,
    }
    assert configuration == {"emptyTimeout": 900, "departureTimeout": 180, "maxParticipants": 2}


@pytest.fixture
async def server() -> AsyncIterator[Pretending]:
    with pretended() as server:
        yield server


@pytest.fixture
async def rooms(server: Pretending) -> AsyncIterator[LiveKitRooms]:
    async with livekit_rooms(server.url, KEY, SECRET) as rooms:
        yield rooms


def test_no_text_of_the_rooms_has_the_secret(rooms: LiveKitRooms) -> None:
    assert SECRET not in repr(rooms)


@pytest.mark.parametrize("code", ["unavailable", "resource_exhausted", "internal", "deadline_exceeded", "a new one!"])
async def test_a_server_that_cannot_now_may_later_and_is_asked_once(
    code: str, server: Pretending, rooms: LiveKitRooms
) -> None:
    server.status, server.body = 503, json.dumps({"code": code, "msg": "token eyJ..."}).encode()
    with pytest.raises(RoomUnavailable) as told:
        await rooms.open(ROOM)
    assert "eyJ" not in str(told.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html>"])
async def test_whatever_a_proxy_says_instead_the_server_may_answer_later(
    body: bytes, server: Pretending, rooms: LiveKitRooms
) -> None:
    server.status, server.body = 502, body
    with pytest.raises(RoomUnavailable):
        await rooms.people(ROOM.name)


@pytest.mark.parametrize(("status", "code"), [(401, "unauthenticated"), (403, "permission_denied"), (401, "")])
async def test_a_refused_key_is_an_operator_s_matter(
    status: int, code: str, server: Pretending, rooms: LiveKitRooms
) -> None:
    server.status, server.body = status, json.dumps({"code": code}).encode()
    with pytest.raises(OperatorAction, match="STUDIO_LIVEKIT__API_KEY and STUDIO_LIVEKIT__API_SECRET"):
        await rooms.people(ROOM.name)


@pytest.mark.parametrize(("status", "body"), [(404, b"<html>"), (405, b"<html>"), (200, b"<html>Welcome to nginx!")])
async def test_what_is_no_livekit_server_is_told_by_the_address_s_setting(
    status: int, body: bytes, server: Pretending, rooms: LiveKitRooms
) -> None:
    server.status, server.body = status, body
    with pytest.raises(OperatorAction, match="STUDIO_LIVEKIT__URL"):
        await rooms.open(ROOM)


async def test_a_room_that_is_gone_is_closed_already(server: Pretending, rooms: LiveKitRooms) -> None:
    server.status, server.body = 404, b'{"code": "not_found", "msg": "requested room does not exist"}'
    await rooms.close(ROOM.name)
    assert server.asked == ["/twirp/livekit.RoomService/DeleteRoom"]


@pytest.mark.parametrize("ahead", [-61.5, 90.0])
async def test_clocks_that_are_a_minute_apart_are_told_before_anybody_is_refused(
    ahead: float, server: Pretending, rooms: LiveKitRooms
) -> None:
    server.ahead, server.status = ahead, 401
    with pytest.raises(OperatorAction, match="its clock and ours are"):
        await rooms.look()


@pytest.mark.parametrize("ahead", [-50.0, 0.0, 50.0])
async def test_clocks_that_are_less_apart_do(ahead: float, server: Pretending, rooms: LiveKitRooms) -> None:
    server.ahead = ahead
    await rooms.look()
    assert server.asked == ["/twirp/livekit.RoomService/ListRooms"]
