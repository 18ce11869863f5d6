"""The child of providers/whisper.py: Whisper listens to a recording, utterance by utterance."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from lessons.errors import UnsupportedLanguage, slug
from providers.children import Say, answering
from providers.containers import opened
from providers.sounds import RATE, Piece, pieces_of, samples_of
from providers.whisper_model import assembled

LONGEST_PIECE = 300 * RATE
SPEECH = VadOptions(
    min_silence_duration_ms=800, min_speech_duration_ms=100, speech_pad_ms=200, max_speech_duration_s=28
)
LISTENING = {
    "beam_size": 5,
    "temperature": (0.0, 0.4),
    "word_timestamps": True,
    "condition_on_previous_text": False,
}
FULL_SCALE = 1 << 15
FRAME, WHOLE, SHORTEST, BEHIND = 160, 3000, 1000, 200
SURE, RUN, LATE = 0.5, 4, 1.5
ONSET = 0.15
LOOPS, NOBODY, GUESSED = 2.4, 0.5, -0.8

Wave = NDArray[np.float32]


class Ear:
    """Whisper, that does not fill up every utterance to its 30 seconds: ten are heard as well, and sooner.

    Where it then repeats itself or stops early, it listens again as it was trained to.
    """

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        threads = min(4, len(os.sched_getaffinity(0)))
        self.whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
        self.encode_all, self.frames = self.whisper.encode, WHOLE
        self.whisper.encode = self.encode
        self.languages = heard_by(self.whisper, languages)

    def encode(self, features: Any) -> Any:
        return self.encode_all(np.ascontiguousarray(features[..., : self.frames]))

    def hear(self, wave: Wave) -> tuple[str, list[Any]]:
        """The language of an utterance and its words, in seconds of it; words that nobody said are left out."""
        language = self.language_of(wave)
        self.frames = min(WHOLE, max(SHORTEST, len(wave) // FRAME + BEHIND))
        words = self.words_in(wave, language)
        if self.frames < WHOLE and is_doubtful(words, len(wave) / RATE):
            self.frames = WHOLE
            words = self.words_in(wave, language)
        return language, words

    def words_in(self, wave: Wave, language: str) -> list[Any]:
        segments, _ = self.whisper.transcribe(wave, language=language, **LISTENING)
        return [word for segment in segments if is_said(segment) for word in segment.words]

    def language_of(self, wave: Wave) -> str:
        """The first language, unless it is clearly another of ours."""
        first, *others = self.languages
        if not others:
            return first
        self.frames = len(wave) // FRAME
        features = pad_or_trim(self.whisper.feature_extractor(wave))
        sure = dict(self.whisper.model.detect_language(self.encode(features))[0])
        return next((other for other in others if sure.get(f"<|{other}|>", 0.0) > SURE), first)


def heard_by(whisper: WhisperModel, languages: Sequence[str]) -> list[str]:
    """Those of the languages that a model knows; raises UnsupportedLanguage where the first one is not among them."""
    known = frozenset(whisper.supported_languages)
    if languages[0] not in known:
        raise UnsupportedLanguage(slug(languages[0]))
    return [code for code in languages if code in known]


def is_doubtful(words: Sequence[Any], seconds: float) -> bool:
    """Whether words repeat themselves, or end long before the utterance does."""
    texts = [word.word.strip().lower() for word in words]
    runs = [tuple(texts[at : at + RUN]) for at in range(len(texts) - RUN + 1)]
    return not words or len(set(runs)) < len(runs) or words[-1].end < seconds - LATE


def is_said(segment: Any) -> bool:
    """Whether somebody is likely to have said this: it is no loop, and no guess at a noise."""
    guessed = segment.no_speech_prob > NOBODY and segment.avg_logprob < GUESSED
    return bool(segment.compression_ratio <= LOOPS and not guessed)


def listen(question: dict[str, Any], say: Say) -> None:
    """Hear the pieces that begin, on each channel, at its sample in `question["from"]` or later."""
    ear = Ear(assembled(Path(question["folder"])), question["languages"])
    starts, length = question["from"], max(1.0, question["seconds"] * RATE)
    with opened(question["url"]) as recording:
        for piece in pieces_of(samples_of(recording, len(starts)), len(starts), LONGEST_PIECE):
            for channel in (one for one, start in enumerate(starts) if piece.begins >= start):
                utterances = []
                for until, utterance in utterances_in(ear, piece, channel):
                    utterances.append(utterance)
                    behind = piece.begins + (channel * len(piece.samples) + until) / len(starts)
                    say({"done": min(1.0, behind / length)})
                say({"channel": channel, "piece": as_told(piece, utterances)})


def utterances_in(ear: Ear, piece: Piece, channel: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """What one channel says in a piece, each with the sample of the piece at which it ends."""
    wave = piece.samples[:, channel].astype(np.float32) / np.float32(FULL_SCALE)
    for span in get_speech_timestamps(wave, SPEECH):
        language, words = ear.hear(wave[span["start"] : span["end"]])
        at = (piece.begins + span["start"]) / RATE
        yield span["end"], {"language": language, "words": [word_at(at, word) for word in words]}


def word_at(at: float, word: Any) -> list[Any]:
    """Text, start, end (seconds of the recording) and probability."""
    start = max(word.start, ONSET)
    end = max(word.end, start)
    return [word.word.strip(), round(at + start, 3), round(at + end, 3), round(word.probability, 3)]


def as_told(piece: Piece, utterances: list[dict[str, Any]]) -> dict[str, Any]:
    return {"ends": piece.ends, "is_last": piece.is_last, "utterances": utterances}


if __name__ == "__main__":
    answering(listen)
