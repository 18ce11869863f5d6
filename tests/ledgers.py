"""A ledger in memory, for providers that are tested without a database."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lessons.calls import Call, Reply, Usage
from lessons.errors import LessonError


@dataclass
class MemoryLedger:
    """Keeps what arrived; `asks` counts what was sent, `used` has what each answer used up.

    What was given up is asked anew after `another_step`.
    """

    replies: dict[Call, Reply] = field(default_factory=dict)
    asks: Counter[Call] = field(default_factory=Counter)
    used: list[Usage] = field(default_factory=list)
    spoiled: list[tuple[Call, str]] = field(default_factory=list)
    given_up: set[Call] = field(default_factory=set)

    async def recall(self, call: Call) -> bytes | None:
        return self.replies[call].body if call in self.replies else None

    async def keep(self, call: Call, reply: Reply) -> None:
        self.used.append(reply.usage)
        self.replies.setdefault(call, reply)

    async def once(self, call: Call, ask: Callable[[], Awaitable[Reply]]) -> bytes:
        if call not in self.replies:
            self.asks[call] += 1
            await self.keep(call, await ask())
        return self.replies[call].body

    async def spoil(self, call: Call, error: LessonError) -> None:
        self.spoiled.append((call, error.code))
        self.replies.pop(call, None)

    async def give_up(self, call: Call, error: LessonError) -> None:
        self.given_up.add(call)

    def another_step(self) -> None:
        for call in self.given_up:
            self.replies.pop(call, None)
        self.given_up.clear()
