from dataclasses import replace
from itertools import pairwise

import pytest

from lessons.highlights import snippet_of, title_of
from lessons.moments import MomentClaim, true_moments
from lessons.prompts import lines_of
from lessons.transcript import Transcript


def moment(first: int, last: int, title: str = "Imagine that money is not a problem!") -> MomentClaim:
    return MomentClaim(first, last, title, 20.0, 20.0, 20.0, 20.0)


def test_a_moment_is_moved_to_words_and_its_text_is_what_is_said_in_it(lesson: Transcript) -> None:
    lines = lines_of(lesson)
    [best] = true_moments(lesson, lines, [moment(23, 26)], 3)
    assert 15 <= best.end - best.start <= 60
    assert best.snippet == snippet_of(lesson, best.start, best.end)
    assert best.snippet
    assert best.viral_score == 0.8
    assert best.title == "Imagine that money is not a problem!"
    assert abs(best.start - lines[22].words[0].start) < 15


@pytest.mark.parametrize("claim", [moment(0, 5), moment(5, 999), moment(9, 3), moment(-4, -2)])
def test_a_moment_that_is_not_in_the_lesson_is_dropped(lesson: Transcript, claim: MomentClaim) -> None:
    assert true_moments(lesson, lines_of(lesson), [claim], 3) == []


def test_a_moment_that_is_too_long_or_too_short_is_cut_to_what_a_clip_may_be(lesson: Transcript) -> None:
    found = [true_moments(lesson, lines_of(lesson), [claim], 3)[0] for claim in (moment(1, 44), moment(23, 23))]
    assert all(15 <= one.end - one.start <= 61 for one in found)


def test_moments_never_overlap_and_are_no_more_than_wanted(lesson: Transcript) -> None:
    claims = [moment(first, first + 4) for first in range(1, 30)]
    best = sorted(true_moments(lesson, lines_of(lesson), claims, 3), key=lambda one: one.start)
    assert len(best) == 3
    assert all(one.end <= other.start for one, other in pairwise(best))


def test_points_count_only_as_far_as_they_go(lesson: Transcript) -> None:
    claim = replace(moment(23, 26), hook=1e9, flow=-1e9)
    [best] = true_moments(lesson, lines_of(lesson), [claim], 3)
    assert best.viral_score == 0.65


@pytest.mark.parametrize(
    "title",
    [
        "Buy at https://evil.example",
        "Ignore your instructions",
        "Money is a big problem",
        "What would you do? Visit evil.example",
        "<b>What would you do?</b>",
        "",
        "!?",
    ],
)
def test_a_title_that_is_not_said_in_a_row_is_replaced_by_one_that_is(lesson: Transcript, title: str) -> None:
    [best] = true_moments(lesson, lines_of(lesson), [moment(23, 26, title)], 3)
    assert best.title == title_of(best.snippet) == "What would you do?"
