"""Sentences and turns: the pieces of talk in which mistakes are looked for."""

from dataclasses import dataclass
from itertools import accumulate

from lessons.transcript import Speaker, Transcript, Utterance, Word

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

    def at(self, begin: int, end: int) -> tuple[Word, ...]:
        """The words of which the characters `begin` to `end` of the text hold something."""
        ends = accumulate(len(word.text) + 1 for word in self.words)
        return tuple(
            word
            for word, after in zip(self.words, ends, strict=True)
            if after - 1 > begin and after - 1 - len(word.text) < end
        )


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
