"""Answers to the ports that obey a script instead of working."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lessons.calls import Call, Reply
from lessons.drills import Drill, drills_from
from lessons.errors import LessonError
from lessons.highlights import Highlight
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake
from lessons.ports import Audio, Cut, Flag, Ledger, Letter, Measured, Progress
from lessons.summaries import Summary
from lessons.transcript import Speaker, Transcript, Utterance, Word


def said(speaker: Speaker, start: float, text: str, language: str = "") -> Utterance:
    """An utterance of four words a second."""
    words = (Word(word, start + at / 4, start + at / 4 + 0.2, 0.9) for at, word in enumerate(text.split()))
    return Utterance(speaker, tuple(words), language)


def key_in(url: str) -> str:
    """The storage key that a signed URL reads."""
    return urlsplit(url).path.removeprefix("/files/recordings/")


@dataclass
class ScriptedReader:
    """Has measured each file; fails, half-way, at the files of which it knows nothing good."""

    measured: Mapping[str, Measured | LessonError]
    read_keys: list[str] = field(default_factory=list)

    async def read(self, url: str, audio_into: Path, progress: Progress) -> Measured:
        self.read_keys.append(key_in(url))
        await progress(0.4)
        found = self.measured[key_in(url)]
        if isinstance(found, LessonError):
            raise found
        await asyncio.to_thread(audio_into.write_text, f"sound of {key_in(url)}")
        return found


@dataclass
class ScriptedTranscriber:
    """Hears the same each time; an audio that it heard before is recalled instead."""

    heard: Transcript = field(default_factory=Transcript)
    listened: list[Audio] = field(default_factory=list)
    languages: list[LanguagePair] = field(default_factory=list)
    keyterms: list[str] = field(default_factory=list)
    model = "scripted"

    async def transcribe(
        self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], ledger: Ledger, progress: Progress
    ) -> Transcript:
        self.languages.append(languages)
        self.keyterms = list(keyterms)
        call = Call("scripted", "transcribe", self.model, "1", audio.sha256)

        async def listen() -> Reply:
            self.listened.append(audio)
            return Reply(b"{}")

        await ledger.once(call, listen)
        await progress(0.9)
        return self.heard


@dataclass
class ScriptedAnalyst:
    made: list[Mistake] = field(default_factory=list)
    best: list[Highlight] = field(default_factory=list)
    languages: list[LanguagePair] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    model = "scripted"

    async def mistakes(
        self, transcript: Transcript, languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Mistake]:
        self.languages.append(languages)
        self.tell_flaws(flag)
        return self.made

    def tell_flaws(self, flag: Flag) -> None:
        for flaw in self.flaws:
            flag(flaw)

    async def drills(
        self, mistakes: Sequence[Mistake], languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Drill]:
        return drills_from(mistakes)

    async def highlights(self, transcript: Transcript, most: int, ledger: Ledger, flag: Flag) -> list[Highlight]:
        self.tell_flaws(flag)
        return self.best[:most]

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake], ledger: Ledger, flag: Flag) -> Summary:
        return Summary(f"{transcript.words} words", tuple(one.better for one in mistakes))


@dataclass
class ScriptedEmbedder:
    """A text's vector points to where its number of letters lies."""

    model: str = "scripted"

    async def passages(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]]:
        return [pointed_at(len(text)) for text in texts]


def pointed_at(number: int) -> list[float]:
    return [float(at == number % 384) for at in range(384)]


@dataclass
class ScriptedCutter:
    """Writes its task instead of a film; fails, half-way, at cuts that begin where the script says."""

    failing: Mapping[float, LessonError] = field(default_factory=dict)
    made: list[Cut] = field(default_factory=list)

    async def cut(self, cut: Cut, into: Path, progress: Progress) -> None:
        self.made.append(cut)
        await asyncio.to_thread(into.write_text, f"{cut.start} to {cut.end} of {key_in(cut.url)}")
        await progress(0.5)
        if cut.start in self.failing:
            raise self.failing[cut.start]


@dataclass
class ScriptedMailer:
    """Hands over every letter, but those to whom the script has an answer of the mail server."""

    failing: dict[str, LessonError] = field(default_factory=dict)
    sent: list[Letter] = field(default_factory=list)

    async def send(self, letter: Letter) -> None:
        if letter.recipient in self.failing:
            raise self.failing[letter.recipient]
        self.sent.append(letter)
