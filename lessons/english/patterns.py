"""All learner patterns of English; of two that fit the same words the earlier one counts."""

from lessons.english.nouns import NOUN_PATTERNS
from lessons.english.phrases import PHRASES
from lessons.english.verbs import VERBS

ENGLISH = (*VERBS, *PHRASES, *NOUN_PATTERNS)
