"""Who is heard where in a file of LiveKit's egress, by how its recording was asked for.

Source: https://docs.livekit.io/reference/other/egress/api/#startegressrequest
"""

from collections.abc import Sequence

from lessons.capture import STUDENT_ALONE, TUTOR_ALONE
from lessons.classroom import Seat, seat_of

SIDES = {"AUDIO_CHANNEL_LEFT": 0, "1": 0, "AUDIO_CHANNEL_RIGHT": 1, "2": 1}
"""LiveKit's AudioChannel, by its names and numbers."""

ALONE = {Seat.TUTOR: TUTOR_ALONE, Seat.STUDENT: STUDENT_ALONE}


def student_channel_of(key: str, routes: Sequence[tuple[str, str]] = (), identity: str = "") -> int | None:
    """The `student_channel` of a file: None, nobody is named, unless it is certain who is heard where.

    `routes` are the identities that were asked for with the AudioChannel of each, `identity` is the one person of
    whom the recording is. A file in a folder named after one person has that person alone.
    """
    for name in (identity, *key.split("/")[:-1]):
        if seat := seat_of(name):
            return ALONE[seat]
    return routed(routes)


def routed(routes: Sequence[tuple[str, str]]) -> int | None:
    """The student's side where the tutor, and nobody else, is on the other."""
    sides = {seat_of(name): SIDES.get(side) for name, side in routes}
    apart = len(routes) == 2 and set(sides) == set(Seat) and set(sides.values()) == {0, 1}
    return sides[Seat.STUDENT] if apart else None
