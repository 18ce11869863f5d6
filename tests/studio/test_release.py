"""Events that were set aside, and the command that has them tried again."""

from collections.abc import Callable

import pytest

from db.inbox import set_aside, store_events
from db.session import Sessions
from lessons.capture import Arrival, EventKind, RoomEvent
from studio.commands.release import let_go
from studio.settings import Settings
from studio.trouble import Trouble


@pytest.fixture
async def settings(whole: Callable[..., Settings], database_url: str, sessions: Sessions) -> Settings:
    """A studio whose inbox holds two events of one room, both set aside."""
    arrivals = [Arrival(RoomEvent(name, EventKind.ROOM_FINISHED, "room")) for name in ("EV_1", "EV_2")]
    async with sessions.begin() as session:
        await store_events(session, arrivals)
        await set_aside(session, ["EV_1", "EV_2"], "IntegrityError")
    return whole(database={"url": database_url})


@pytest.mark.parametrize(
    ("event_id", "every", "released", "kept"),
    [
        (None, False, [], ["EV_1", "EV_2"]),
        ("EV_2", False, ["EV_2"], ["EV_1"]),
        (None, True, ["EV_1", "EV_2"], []),
    ],
)
async def test_events_are_listed_or_released_one_by_one_or_all(
    settings: Settings, event_id: str | None, every: bool, released: list[str], kept: list[str]
) -> None:
    ids, aside = await let_go(settings, event_id, every)
    assert (sorted(ids), [(one.id, one.reason) for one in aside]) == (
        released,
        [(name, "IntegrityError") for name in kept],
    )


async def test_an_event_that_was_not_set_aside_cannot_be_released(settings: Settings) -> None:
    with pytest.raises(Trouble, match="no such event"):
        await let_go(settings, "EV_3", False)
