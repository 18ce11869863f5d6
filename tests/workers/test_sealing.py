"""Whoever runs the cluster reads nothing of a lesson."""

import os

import pytest
from temporalio.api.common.v1 import Payload

from workers.sealing import Sealing, WrongKey

PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b'{"lesson_id": "planted"}')


async def test_what_is_sealed_shows_nothing_and_opens_again() -> None:
    sealing = Sealing(os.urandom(32))
    sealed = await sealing.encode([PAYLOAD, PAYLOAD])
    assert all(b"planted" not in one.SerializeToString() for one in sealed)
    assert sealed[0] != sealed[1]
    assert await sealing.decode(sealed) == [PAYLOAD, PAYLOAD]


async def test_what_was_there_before_sealing_is_still_read() -> None:
    assert await Sealing(os.urandom(32)).decode([PAYLOAD]) == [PAYLOAD]


async def test_another_key_opens_nothing() -> None:
    sealed = await Sealing(os.urandom(32)).encode([PAYLOAD])
    with pytest.raises(WrongKey):
        await Sealing(os.urandom(32)).decode(sealed)
