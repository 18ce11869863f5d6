"""When a classroom is recorded, and when its lesson is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lessons.messages import Session

REJOIN = timedelta(minutes=3)
"""How long a room that closed before the booking's end may take to be opened anew."""

LONGEST = timedelta(hours=12)


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
    """Over one look after the other. `met` is whether both have been there at once."""

    session: Session
    met: bool = False
    together: bool = False
    closed_at: datetime | None = None

    def decide(self, look: Look) -> Next:
        """Say what to do now.

        Recording begins when both are in the room and goes on until it closes, though one may have left.
        """
        both = look.people is not None and {self.session.tutor, self.session.student} <= look.people
        self.together = both or (self.together and look.people is not None)
        self.met = self.met or both
        self.closed_at = None if look.people is not None else self.closed_at or look.at
        if look.ended or self.is_over(look.at):
            return Next.OVER
        return Next.RECORD if self.together and look.may_record else Next.WAIT

    def is_over(self, now: datetime) -> bool:
        """Whether nobody is to be expected: who has met may come back until the booking's end, others until later."""
        if not self.met or now > self.session.ends_at + LONGEST:
            return self.nobody_can_enter(now)
        patience = REJOIN if now < self.session.ends_at else timedelta(0)
        return self.closed_at is not None and now - self.closed_at >= patience

    def nobody_can_enter(self, now: datetime) -> bool:
        return now > self.session.open_until
