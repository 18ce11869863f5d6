"""Lessons made of text: word times are half a second apart, and a second lies between two turns."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order

Lines = Sequence[tuple[str, str]]
Conversation = Callable[..., Transcript]

settings.register_profile("lessons", deadline=None, max_examples=60)
settings.load_profile("lessons")

DATA = Path(__file__).parent / "data"


def talk(*lines: tuple[str, ...], confidence: float = 0.9) -> Transcript:
    """A transcript of (speaker, text) or (speaker, text, language), one after the other."""
    said, now = [], 0.0
    for speaker, text, *language in lines:
        words = []
        for word in text.split():
            words.append(Word(word, now, now + 0.4, confidence))
            now += 0.5
        said.append(Utterance(Speaker(speaker), tuple(words), *language or ["en"]))
        now += 1.0
    return in_order(said)


@pytest.fixture
def conversation() -> Conversation:
    return talk


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text())


@pytest.fixture(scope="session")
def script() -> list[dict[str, Any]]:
    """The turns of the whole sample lesson, with the mistakes that were planted in them."""
    turns: list[dict[str, Any]] = read("lesson_script.json")
    return turns


@pytest.fixture(scope="session")
def lesson(script: list[dict[str, Any]]) -> Transcript:
    return talk(*((turn["speaker"], turn["text"], turn.get("lang", "en")) for turn in script))


@pytest.fixture(scope="session")
def learner_sentences() -> list[dict[str, str]]:
    sentences: list[dict[str, str]] = read("learner_sentences.json")
    return sentences


@pytest.fixture(scope="session")
def clean_sentences() -> list[str]:
    sentences: list[str] = read("clean_sentences.json")
    return sentences
