"""All SQL about the inbox: an event is stored once, then relayed to Temporal in its room's order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Interval, Text, bindparam, cast, exists, func, or_, select, text, true, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Booking, RefusedFile, WebhookEvent
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent, lesson_id_of

CHANNEL = "inbox"
UNKNOWN_BOOKING = "unknown_booking"

STORE = text("""
    WITH stored AS (
        INSERT INTO studio.webhook_events (id, kind, room, egress_id, status, files)
        SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:kinds AS text[]), CAST(:rooms AS text[]),
                             CAST(:egress_ids AS text[]), CAST(:statuses AS text[]), CAST(:files AS jsonb[]))
        ON CONFLICT (id) DO NOTHING RETURNING id)
    SELECT pg_notify('inbox', '') FROM stored LIMIT 1
""")

REFUSED_BEFORE = (
    select(RefusedFile.key)
    .where(RefusedFile.lesson_id == bindparam("lesson"), RefusedFile.known_seq < WebhookEvent.seq)
    .where(WebhookEvent.kind == EventKind.IMPORT)
)
ARRIVED = (
    select(WebhookEvent, func.array(REFUSED_BEFORE.scalar_subquery()))
    .where(WebhookEvent.room == bindparam("room"), WebhookEvent.set_aside.is_(None))
    .order_by(WebhookEvent.seq)
)


class Unreadable(Exception):
    """A stored event is none that this version can read."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id


async def store_events(session: AsyncSession, arrivals: Sequence[Arrival]) -> None:
    """Store events in the order given and wake the relay; what is there already stays as it is."""
    events = [arrival.event for arrival in arrivals]
    await session.execute(
        STORE,
        {
            "ids": [event.id for event in events],
            "kinds": [event.kind.value for event in events],
            "rooms": [event.room for event in events],
            "egress_ids": [event.egress_id for event in events],
            "statuses": [event.status for event in events],
            "files": [msgspec.json.encode(arrival.files).decode() for arrival in arrivals],
        },
    )


async def arrival_with(session: AsyncSession, event_id: str) -> Arrival | None:
    """The event that was stored under an id."""
    row = await session.get(WebhookEvent, event_id)
    return arrival_of(row) if row else None


async def claim_room(session: AsyncSession) -> list[Arrival]:
    """Take the room that waits longest and that no other relay holds; return its waiting events in order.

    The lock on a room's oldest waiting event stands for the room: whoever skips it finds no other oldest event
    there, so two relays never tell one room's events side by side. Raises Unreadable.
    """
    waiting = select(WebhookEvent).where(WebhookEvent.relayed_at.is_(None), WebhookEvent.set_aside.is_(None))
    older = aliased(WebhookEvent)
    is_oldest = ~exists().where(
        older.room == WebhookEvent.room,
        older.relayed_at.is_(None),
        older.set_aside.is_(None),
        older.seq < WebhookEvent.seq,
    )
    oldest = waiting.where(is_oldest).order_by(WebhookEvent.seq).limit(1)
    head = await session.scalar(oldest.with_for_update(skip_locked=True))
    if head is None:
        return []
    rows = await session.scalars(waiting.where(WebhookEvent.room == head.room).order_by(WebhookEvent.seq))
    return [arrival_of(row) for row in rows]


async def mark_relayed(session: AsyncSession, events: Sequence[RoomEvent]) -> None:
    ids = [event.id for event in events]
    await session.execute(update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(relayed_at=func.now()))


async def withhold(session: AsyncSession, room: str) -> bool:
    """Keep a room's events from the relay for good, if there are any and none has been relayed; whether it is so.

    Where a relay holds the room it is waited for.
    """
    rows = select(WebhookEvent).where(WebhookEvent.room == room).order_by(WebhookEvent.seq)
    events = (await session.scalars(rows.with_for_update())).all()
    if not events or any(event.relayed_at for event in events):
        return False
    ids = [event.id for event in events]
    await session.execute(update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(relayed_at=func.now()))
    return True


async def count_attempt(session: AsyncSession, event_id: str) -> int:
    """Note that an event could not be relayed; return how often by now."""
    tried = (
        update(WebhookEvent)
        .where(WebhookEvent.id == event_id)
        .values(attempts=WebhookEvent.attempts + 1)
        .returning(WebhookEvent.attempts)
    )
    return (await session.scalars(tried)).one()


async def set_aside(session: AsyncSession, event_ids: Sequence[str], reason: str) -> None:
    """Leave events out of the relay's way, with the reason that `studio doctor` shows."""
    await session.execute(update(WebhookEvent).where(WebhookEvent.id.in_(event_ids)).values(set_aside=reason))


async def events_set_aside(session: AsyncSession) -> Sequence[WebhookEvent]:
    """The events that were set aside, in order of arrival."""
    aside = select(WebhookEvent).where(WebhookEvent.set_aside.is_not(None)).order_by(WebhookEvent.seq)
    return (await session.scalars(aside)).all()


async def release(session: AsyncSession, event_id: str | None = None) -> list[str]:
    """Let the relay try what was set aside anew, each event at its old place; all, or one. Return their ids.

    Events of a booking that is still unknown stay where they are.
    """
    booked = exists().where(cast(Booking.id, Text) == WebhookEvent.room, Booking.deleted_at.is_(None))
    named = true() if event_id is None else WebhookEvent.id == event_id
    released = await session.scalars(
        update(WebhookEvent)
        .where(WebhookEvent.set_aside.is_not(None), named, or_(WebhookEvent.set_aside != UNKNOWN_BOOKING, booked))
        .values(set_aside=None, attempts=0)
        .returning(WebhookEvent.id)
    )
    await session.execute(select(func.pg_notify(CHANNEL, "")))
    return list(released)


async def set_aside_count(session: AsyncSession) -> dict[str, int]:
    """How many events were set aside, by reason."""
    counted = select(WebhookEvent.set_aside, func.count()).group_by(WebhookEvent.set_aside)
    rows = await session.execute(counted.where(WebhookEvent.set_aside.is_not(None)))
    return {str(reason): count for reason, count in rows}


async def waiting_count(session: AsyncSession) -> int:
    """How many events have not been relayed yet."""
    waiting = select(func.count()).where(WebhookEvent.relayed_at.is_(None), WebhookEvent.set_aside.is_(None))
    return (await session.scalars(waiting)).one()


async def longest_wait(session: AsyncSession) -> timedelta | None:
    """For how long the oldest event that has not been relayed waits; None where none does."""
    waited = select(type_coerce(func.now() - func.min(WebhookEvent.received_at), Interval))
    waiting = waited.where(WebhookEvent.relayed_at.is_(None), WebhookEvent.set_aside.is_(None))
    return (await session.scalars(waiting)).one()


async def arrivals_in(session: AsyncSession, room: str) -> list[Arrival]:
    """Every event of a room that was not set aside, in order of arrival, an import with what it stands in for."""
    rows = await session.execute(ARRIVED, {"room": room, "lesson": lesson_id_of(room)})
    return [replace(arrival_of(row), instead_of=frozenset(keys)) for row, keys in rows]


def arrival_of(row: WebhookEvent) -> Arrival:
    files: list[dict[str, Any]] = row.files
    try:
        event = RoomEvent(row.id, EventKind(row.kind), row.room, row.egress_id, row.status)
        return Arrival(event, tuple(RecordedFile(**file) for file in files))
    except (TypeError, ValueError):
        raise Unreadable(row.id) from None
