"""Chunks: pieces of a lesson that are found again by what they mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from lessons.transcript import Transcript, Utterance

ENOUGH = 60
MOST = 120


@dataclass(frozen=True)
class Chunk:
    """Some turns of a lesson, in seconds; each line of `text` begins with who speaks."""

    number: int
    start: float
    end: float
    text: str


def chunks_of(transcript: Transcript) -> list[Chunk]:
    """The whole lesson in chunks of whole utterances, about 60 to 120 words each, numbered in order."""
    return [chunk_of(number, turns) for number, turns in enumerate(groups_of(transcript))]


def groups_of(transcript: Transcript) -> Iterator[list[Utterance]]:
    group: list[Utterance] = []
    size = 0
    for one in chain.from_iterable(map(parts_of, transcript.utterances)):
        if group and (size >= ENOUGH or size + len(one.words) > MOST):
            yield group
            group, size = [], 0
        group.append(one)
        size += len(one.words)
    if group:
        yield group


def parts_of(one: Utterance) -> list[Utterance]:
    """The utterance whole, or its sentences where it is longer than a chunk, so that all of it can be found."""
    if len(one.words) <= MOST:
        return [one]
    return [
        Utterance(one.speaker, words[at : at + MOST], one.language)
        for words in one.sentences
        for at in range(0, len(words), MOST)
    ]


def chunk_of(number: int, turns: list[Utterance]) -> Chunk:
    text = "\n".join(f"{one.speaker}: {one.text}" for one in turns)
    return Chunk(number, turns[0].start, max(one.end for one in turns), text)
