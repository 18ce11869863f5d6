"""The roadmap: what a student works on next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from lessons.mistakes import Mistake, MistakeType

TOPICS = UUID("0d8d3c1e-7a44-5f0c-9b57-2f1f6f3f2a10")
AT_ONCE = 2
NAMES = {
    MistakeType.TENSE: "Choosing the right tense",
    MistakeType.FORM: "Verb forms",
    MistakeType.AGREEMENT: "Agreement of subject and verb",
    MistakeType.ARTICLE: "Articles: a, the, or none",
    MistakeType.PREPOSITION: "Prepositions",
    MistakeType.PRONOUN: "Pronouns",
    MistakeType.NUMBER: "Countable and uncountable nouns",
    MistakeType.WORD_CHOICE: "Choosing the right word",
    MistakeType.WORD_ORDER: "Word order",
    MistakeType.MISSING: "Words that are left out",
    MistakeType.EXTRA: "Words that are too many",
    MistakeType.FALLBACK: "Words still missing in the new language",
}


@dataclass(frozen=True)
class Node:
    """One topic; shaped as the existing app's `nodes` entries."""

    id: str
    topic: str
    status: Literal["locked", "active", "completed"]


def roadmap_from(mistakes: Sequence[Mistake], before: Sequence[Node]) -> list[Node]:
    """The student's topics, those she is to work on first.

    Topics of this lesson come first, most frequent first; the first two are active and the rest waits. A topic of
    an earlier lesson stays, behind them; one that was completed is active again when its mistake comes back. What
    only the tutor should see is not counted.
    """
    counted = Counter(NAMES[one.type] for one in mistakes if not one.needs_review)
    now = [topic for topic, _ in counted.most_common()]
    later = [node for node in before if node.topic not in counted]
    done = [node for node in later if node.status == "completed"]
    waiting = [*now, *(node.topic for node in later if node.status != "completed")]
    return [*(node_of(topic, place) for place, topic in enumerate(waiting)), *done]


def node_of(topic: str, place: int) -> Node:
    return Node(str(uuid5(TOPICS, topic)), topic, "active" if place < AT_ONCE else "locked")
