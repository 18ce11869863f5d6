"""Whisper on this machine, in a child process: nothing of it is loaded here, and its memory is given back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.calls import Call, Reply
from lessons.languages import LanguagePair
from lessons.ports import Audio, Ledger, Progress
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order
from providers.children import ask

OPTIONS = "1"
"""Another one wherever the child would hear something else in the same sound."""


@dataclass(frozen=True)
class WhisperTranscriber:
    """A Transcriber that heeds no keyterms; `folder` takes the model, which is put together on first use."""

    folder: Path
    model: str = "whisper-base"

    async def transcribe(
        self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], ledger: Ledger, progress: Progress
    ) -> Transcript:
        spoken = spoken_in(languages)
        numbers = range(len(audio.channels))
        channels = [Channel(self.model, self.content_of(audio, spoken, number), ledger) for number in numbers]
        for channel in channels:
            await channel.recall()

        async def told(news: dict[str, Any]) -> None:
            if "piece" in news:
                await channels[news["channel"]].keep(news["piece"])
            else:
                await progress(news["done"])

        if not all(channel.is_done for channel in channels):
            await ask("providers.whisper_child", self.question(audio, spoken, channels), told)
        both = zip(audio.channels, channels, strict=True)
        return in_order(one for who, channel in both for one in channel.utterances(who))

    def content_of(self, audio: Audio, spoken: Sequence[str], channel: int) -> list[Any]:
        """What decides which words come out, but for the piece."""
        return [audio.sha256, len(audio.channels), channel, *spoken]

    def question(self, audio: Audio, spoken: Sequence[str], channels: Iterable["Channel"]) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "url": audio.url,
            "seconds": audio.seconds,
            "languages": spoken,
            "from": [channel.begins for channel in channels],
        }


class Channel:
    """What was heard on one channel so far; each piece leads to the next one by the sample at which it ends."""

    def __init__(self, model: str, content: list[Any], ledger: Ledger) -> None:
        self.model, self.content, self.ledger = model, content, ledger
        self.pieces: list[dict[str, Any]] = []

    @property
    def begins(self) -> int:
        return self.pieces[-1]["ends"] if self.pieces else 0

    @property
    def is_done(self) -> bool:
        return bool(self.pieces) and self.pieces[-1]["is_last"]

    @property
    def next_piece(self) -> Call:
        return Call("local", "transcribe", self.model, OPTIONS, json.dumps([*self.content, self.begins]))

    async def recall(self) -> None:
        while not self.is_done and (piece := await self.ledger.recall(self.next_piece)):
            self.pieces.append(json.loads(piece))

    async def keep(self, piece: dict[str, Any]) -> None:
        await self.ledger.keep(self.next_piece, Reply(json.dumps(piece).encode()))
        self.pieces.append(piece)

    def utterances(self, speaker: Speaker) -> Iterable[Utterance]:
        for piece in self.pieces:
            for one in piece["utterances"]:
                yield Utterance(speaker, tuple(Word(*word) for word in one["words"]), one["language"])


def spoken_in(languages: LanguagePair) -> tuple[str, ...]:
    """The language that is learnt, and the one that a learner falls back to."""
    return tuple(dict.fromkeys(code for code in (languages.target, languages.native) if code))
