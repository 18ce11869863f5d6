"""Recasts: a tutor says again, rightly, what the student said wrongly.

Found by local alignment (Smith and Waterman 1981) of the two sentences, in which I and you, my and your are the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lessons.grammar import Grammar
from lessons.mistakes import Evidence, MistakeType, Suggestion
from lessons.sentences import Sentence

FLIPS = {"you": "i", "me": "i", "your": "my", "yours": "mine", "yourself": "myself", "are": "am"}
EXPLICIT = re.compile(
    r"\b(?:we (?:do not |don't |always |never )?(?:say|use)|you (?:should|can) say|say it|remember|careful|almost|"
    r"uncountable|irregular|plural|singular|preposition|base form|past tense|adjective|describes|incorrect|"
    r"se dice|decimos|on dit|man sagt|si dice)\b",
    re.IGNORECASE,
)
SAME, RELATED, OTHER, GAP = 3, 2, -2, -1
LONGEST_EDIT = 3
FEWEST_ANCHORS = 3
FAITHFUL = 0.6
"""
"""
