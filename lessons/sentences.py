"""Sentences and turns: the pieces of talk in which mistakes are looked for."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

from lessons.transcript import MARKS, Speaker, Transcript, Utterance, Word

HESITATION = 3.0
NODDING = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words of one person, from one full stop to the next."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def bare(self) -> list[str]:
        return [word.bare for word in self.words]

    def numbers(self, begin: int, end: int) -> tuple[int, int]:
        """The numbers of the first word in the characters `begin` to `end` of the text, and of the one after."""
        starts = [0, *accumulate(len(word.text) + 1 for word in self.words)]
        return bisect_right(starts, begin) - 1, bisect_left(starts, end)

    def place(self, first: int, after: int) -> tuple[int, int]:
        """The characters of the text that the words from `first` to before `after` take, without outer marks."""
        begin = sum(len(word.text) + 1 for word in self.words[:first])
        said = " ".join(word.text for word in self.words[first:after])
        return begin + len(said) - len(said.lstrip(MARKS)), begin + len(said.rstrip(MARKS))


def sentences_of(utterance: Utterance) -> list[Sentence]:
    return [Sentence(words) for words in utterance.sentences]


def turns(transcript: Transcript) -> list[Utterance]:
    """What each person said before another took over; a pause to think or an "mhm" is no end of a turn."""
    spoken: list[Utterance] = []
    open_turns: dict[Speaker, int] = {}
    for one in transcript.utterances:
        at = open_turns.get(one.speaker)
        if at is not None and goes_on(spoken, at, one):
            spoken[at] = Utterance(one.speaker, spoken[at].words + one.words, one.language)
        else:
            open_turns[one.speaker] = len(spoken)
            spoken.append(one)
    return spoken


def goes_on(spoken: list[Utterance], at: int, one: Utterance) -> bool:
    between = sum(len(other.words) for other in spoken[at + 1 :])
    same_language = spoken[at].language == one.language
    return between <= NODDING and same_language and one.start - spoken[at].end <= HESITATION
