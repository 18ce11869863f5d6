"""Running a coroutine as far as it gets without waiting."""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Eager(Generic[T]):
    """A coroutine that has run until it is `done` or has to wait; whoever awaits it lets it go on, or has its result.

    What need not wait needs no timer, which costs as much as reading a webhook. Nothing else may be awaited between,
    as in the eager tasks of Python 3.12 (https://docs.python.org/3/library/asyncio-task.html#eager-task-factory).
    """

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self.work = work
        self.done = False
        self.go_on(work.send, None)

    def go_on(self, step: Callable[[Any], object], told: object) -> None:
        try:
            self.waits_for = step(told)
        except StopIteration as end:
            self.done, self.result = True, cast(T, end.value)

    def __await__(self) -> Generator[object, Any, T]:
        while not self.done:
            try:
                told = yield self.waits_for
            except BaseException as thrown:
                self.go_on(self.work.throw, thrown)
            else:
                self.go_on(self.work.send, told)
        return self.result
