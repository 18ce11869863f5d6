"""Names and terms that whoever listens is told to expect: the first ones, as far as it takes them.

Deepgram takes 100, and refuses a question whose terms have more than 500 tokens together
(https://developers.deepgram.com/docs/keyterm). It does not say how it counts; what is counted here is more than that.
"""

from collections.abc import Sequence

MOST = 100
ROOM = 500
ROOM_FOR_NAMES = 100
"""What is left for the names of people, which come first, beside a tutor's own terms."""


def weight(term: str) -> int:
    """At least as many tokens as a term has: one for two bytes, and two for the term."""
    return 2 + (len(term.encode()) + 1) // 2


def fitting(terms: Sequence[str], room: int = ROOM) -> list[str]:
    """The first terms that there is room for."""
    found: list[str] = []
    for term in terms[:MOST]:
        room -= weight(term)
        if room < 0:
            break
        found.append(term)
    return found
