"""When a classroom is recorded, and when its lesson is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lessons.messages import Session

REJOIN = timedelta(minutes=3)
"""How long a room that closed before the booking's end may take to be opened anew."""

GONE = timedelta(minutes=5)
"""Who has left for so long when the booking has ended does not come back: the other one's page was forgotten."""

SILENT = timedelta(minutes=5)
"""After so long nobody waits any more for a watch to tell of a room that is over, or to go on at all."""

LONGEST_FILE = timedelta(hours=12)
"""A recording that is longer is refused."""

LONGEST = LONGEST_FILE - timedelta(minutes=30)
"""For so long two people who never leave are recorded."""


class Next(StrEnum):
    """What to do about a classroom."""

    WAIT = "wait"
    RECORD = "record"
    OVER = "over"


@dataclass(frozen=True)
class Look:
    """A classroom at a moment.

    `people` are the identities of those in the room, None where there is no room; `may_record` whether both have
    agreed; `ended` whether the tutor has ended the lesson.
    """

    at: datetime
    people: frozenset[str] | None
    may_record: bool
    ended: bool = False


@dataclass
class Watch:
    """Over one look after the other. `met` is whether both have been there at once.

    `found_since` is since when an earlier watch has had the room recorded, until the first look; `together_since` since
    when both are there, though one may have left; `parted_at` since when one is missing.
    """

    session: Session
    met: bool = False
    found_since: datetime | None = None
    together_since: datetime | None = None
    parted_at: datetime | None = None
    closed_at: datetime | None = None

    def decide(self, look: Look) -> Next:
        """Say what to do now.

        Recording begins when both are in the room and goes on until it closes, though one may have left.
        """
        self.note(look)
        if look.ended or self.is_over(look.at):
            return Next.OVER
        return Next.RECORD if self.together_since and look.may_record else Next.WAIT

    def note(self, look: Look) -> None:
        both = look.people is not None and {self.session.tutor, self.session.student} <= look.people
        self.met = self.met or both
        self.parted_at = None if both else self.parted_at or look.at
        self.closed_at = None if look.people is not None else self.closed_at or look.at
        if look.people is None:
            self.together_since = None
        elif both or (self.found_since and look.people):
            self.together_since = self.together_since or self.found_since or look.at
        self.found_since = None

    def miss(self, now: datetime, ended: bool) -> Next:
        """Say what to do while nobody can tell who is there: all goes on, as long as somebody may enter."""
        if self.nobody_can_enter(now):
            self.parted_at = self.parted_at or now
        return Next.OVER if ended or self.is_over(now) else Next.WAIT

    def is_over(self, now: datetime) -> bool:
        """Whether nobody is to be expected: who has met may come back until the booking's end, others until later."""
        if not self.met:
            return self.nobody_can_enter(now)
        if self.together_since and now - self.together_since >= LONGEST:
            return True
        patience = REJOIN if now < self.session.ends_at else timedelta(0)
        if self.closed_at and now - self.closed_at >= patience:
            return True
        return self.parted_at is not None and now >= self.waits_until(self.parted_at)

    def waits_until(self, parted_at: datetime) -> datetime:
        """Until when whoever has left is waited for: when nobody may enter any more she can only drop out."""
        until = max(parted_at, self.session.ends_at) + GONE
        return until if self.nobody_can_enter(parted_at) else min(until, self.session.open_until)

    def nobody_can_enter(self, now: datetime) -> bool:
        return now > self.session.open_until
