"""What is made of what a recorder's child tells, and of what it does not tell."""

import asyncio
import sys
from contextlib import aclosing

import pytest

from lessons.errors import PartCrashed
from providers.children import running
from providers.realtime import told_by

CHILD = (sys.executable, "-m", "tests.providers.talkative_child")
HANGING = {"do": "film, and hang"}


async def test_a_recorder_that_hangs_is_not_filming_as_far_as_anybody_knows() -> None:
    async with running(CHILD) as child, aclosing(told_by(child, HANGING, asyncio.Event(), hush=0.2)) as told:
        while not await anext(told):
            """It has not begun."""
        assert await anext(told) is False


async def test_a_recorder_that_says_nothing_for_long_is_given_up() -> None:
    async with running(CHILD) as child, aclosing(told_by(child, HANGING, asyncio.Event(), 0.1, silence=0.1)) as told:
        with pytest.raises(PartCrashed):
            assert [one async for one in told if one] == [True]


async def test_a_recorder_that_dies_without_a_word_has_crashed() -> None:
    async with running(CHILD) as child, aclosing(told_by(child, {"do": "vanish"}, asyncio.Event())) as told:
        with pytest.raises(PartCrashed):
            await anext(told)
