"""Providers that answer at once, so that only our own work is left to be measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons.drills import Drill, drills_from
from lessons.highlights import Highlight
from lessons.languages import LanguagePair
from lessons.mistakes import Evidence, Mistake, MistakeType
from lessons.ports import Audio, Cut, Flag, Ledger, Letter, Measured, Progress
from lessons.summaries import Summary
from lessons.transcript import Speaker, Transcript, Utterance, Word

BYTES = 3_000_000
CLIPS = 3
WORD = 0.4
TURN = 10


@dataclass(frozen=True)
class InstantStore:
    """A FileStore in which everything is, and nothing is kept."""

    largest = 1 << 40

    async def reach(self) -> None:
        return

    async def check(self, keeps_first: bool = True) -> None:
        return

    def public_url(self, key: str) -> str:
        return key

    async def signed_url(self, key: str, seconds: int = 300) -> str:
        return key

    async def near_url(self, key: str, seconds: int = 300) -> str:
        return key

    async def upload_url(self, key: str, seconds: int = 900) -> str:
        return key

    async def size(self, key: str) -> int | None:
        return BYTES

    async def keys(self, prefix: str) -> list[str]:
        return []

    async def read(self, key: str, most: int) -> bytes:
        return b""

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        return

    async def delete(self, prefix: str) -> None:
        return


@dataclass
class InstantMedia:
    """A MediaReader and ClipCutter for recordings of so many seconds."""

    seconds: float

    async def read(self, url: str, audio_into: Path, progress: Progress) -> Measured:
        return Measured(self.seconds, self.seconds, BYTES, 1, 1, 2, (-20.0, -20.0), audio_sha256=url)

    async def cut(self, cut: Cut, into: Path, progress: Progress) -> None:
        return


class InstantTranscriber:
    """Has heard both talk in turns all the time, 150 words a minute."""

    model = "instant"

    async def transcribe(
        self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], ledger: Ledger, progress: Progress
    ) -> Transcript:
        return transcript_of(audio.seconds)


def transcript_of(seconds: float) -> Transcript:
    return Transcript(tuple(utterance(turn) for turn in range(int(seconds / WORD / TURN))))


def utterance(turn: int) -> Utterance:
    begin = turn * TURN * WORD
    words = tuple(Word(f"word{at}", begin + at * WORD, begin + at * WORD + 0.3, 0.9) for at in range(TURN))
    return Utterance(Speaker.STUDENT if turn % 2 else Speaker.TUTOR, words, "en")


class InstantAnalyst:
    """Knows five mistakes and three highlights of every lesson."""

    model = "instant"

    async def mistakes(
        self, transcript: Transcript, languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Mistake]:
        return [mistake(number) for number in range(5)]

    async def drills(
        self, mistakes: Sequence[Mistake], languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Drill]:
        return drills_from(mistakes)

    async def highlights(self, transcript: Transcript, most: int, ledger: Ledger, flag: Flag) -> list[Highlight]:
        return [Highlight(19.0 * at, 19.0 * at + 16, 0.5, "title", "words") for at in range(CLIPS)]

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake], ledger: Ledger, flag: Flag) -> Summary:
        return Summary("A lesson.", ("one", "two"))


def mistake(number: int) -> Mistake:
    """The student's words of her turn of that number."""
    said = utterance(2 * number + 1)
    better = f"better{number}"
    return Mistake(
        said.words[0].text,
        better,
        said.start,
        said.words[0].end,
        MistakeType.TENSE,
        Evidence.RECAST,
        0.9,
        False,
        "",
        said.text,
        said.text.replace(said.words[0].text, better),
    )


class InstantEmbedder:
    model = "instant"

    async def passages(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]]:
        return [[0.5] * 384 for _ in texts]

    async def query(self, text: str) -> list[float]:
        return [0.5] * 384


class InstantMailer:
    async def send(self, letter: Letter) -> None:
        return
