"""What a lesson needs of the outside world; `providers` and `activities` hold the answers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lessons.highlights import Caption, Highlight
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake
from lessons.summaries import Summary
from lessons.transcript import Speaker, Transcript

Progress = Callable[[float], Awaitable[None]]
"""Told how far a long work is, from 0 to 1."""


@dataclass(frozen=True)
class Audio:
    """One part's sound: where it can be fetched, what it is (hash of its bytes), and who is on which channel.

    `channels` has one speaker per channel of the file, left first.
    """

    url: str
    sha256: str
    seconds: float
    channels: tuple[Speaker, ...]


class Answers(Protocol):
    """Answers that arrived before; what is kept here is never asked for again."""

    async def recall(self, key: str) -> Any | None:
        """Return the kept answer as JSON values, or None."""
        ...

    async def keep(self, key: str, answer: Any) -> None:
        """Keep an answer of JSON values under its key; the first one kept stays."""
        ...


class Transcriber(Protocol):
    """Listens to a recording. Raises Unavailable, PartCrashed, NotMedia."""

    @property
    def model(self) -> str: ...

    async def transcribe(self, audio: Audio, languages: LanguagePair, heard: Answers, progress: Progress) -> Transcript:
        """Return who said what, in seconds of this audio; finished pieces are kept in `heard`."""
        ...


class Analyst(Protocol):
    """Reads a transcript as a teacher would."""

    @property
    def model(self) -> str: ...

    async def mistakes(self, transcript: Transcript, languages: LanguagePair) -> list[Mistake]:
        """Return the student's mistakes, in order of time."""
        ...

    async def highlights(self, transcript: Transcript, most: int) -> list[Highlight]:
        """Return at most `most` moments worth a marketing clip, best first; none overlap."""
        ...

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake]) -> Summary:
        """Return what was talked about and practised."""
        ...


class Embedder(Protocol):
    """Turns text into vectors of 384 numbers; only vectors of one `model` can be compared."""

    @property
    def model(self) -> str: ...

    async def passages(self, texts: Sequence[str]) -> list[list[float]]: ...

    async def query(self, text: str) -> list[float]: ...


class FileStore(Protocol):
    """One bucket. Raises StorageUnavailable, NoDiskSpace; RecordingMissing where a key must exist."""

    async def signed_url(self, key: str, seconds: int = 300) -> str:
        """Return a URL that reads the object, by ranges too, for so many seconds."""
        ...

    async def upload_url(self, key: str, seconds: int = 900) -> str:
        """Return a URL that takes the object by PUT, for so many seconds."""
        ...

    async def size(self, key: str) -> int | None:
        """Return the object's bytes, or None if there is none."""
        ...

    async def read(self, key: str, most: int) -> bytes:
        """Return a small object whole; raises RecordingMissing, and BadTranscript above `most` bytes."""
        ...

    async def put(self, key: str, source: Path, content_type: str) -> None:
        """Store a file under the key, whole or not at all; twice is once."""
        ...

    async def delete(self, prefix: str) -> None:
        """Delete every object whose key begins with the prefix; none is fine."""
        ...


@dataclass(frozen=True)
class Measured:
    """What one pass over a recording found; loudness in dBFS (RMS) per channel, -120 for silence."""

    seconds: float
    audio_seconds: float
    bytes: int
    audio_packets: int
    video_packets: int
    channels: int
    loudness: tuple[float, ...]
    width: int = 0
    height: int = 0
    audio_sha256: str = ""


class MediaReader(Protocol):
    """Reads a recording.

    Raises NotMedia, NoAudio, RecordingTruncated, RecordingTooLong, StorageUnavailable, PartCrashed.
    """

    async def read(self, url: str, audio_into: Path, progress: Progress) -> Measured:
        """Pass once over the recording, copy its audio track into an .m4a file, and measure it."""
        ...


@dataclass(frozen=True)
class Cut:
    """One clip to be cut from a recording: seconds of that file, captions in seconds of the clip."""

    url: str
    start: float
    end: float
    captions: tuple[Caption, ...]
    has_picture: bool


class ClipCutter(Protocol):
    """Renders clips. Raises ClipFailed, StorageUnavailable, NoDiskSpace."""

    async def cut(self, cut: Cut, into: Path, progress: Progress) -> None:
        """Write a vertical 1080x1920 MP4 with burned captions and even loudness."""
        ...


@dataclass(frozen=True)
class Letter:
    """One e-mail; the same letter has the same id, however often it is sent."""

    message_id: str
    recipient: str
    subject: str
    plain: str
    html: str


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter to the mail server; raises MailUnavailable, MailRefused."""
        ...


class Announcements(Protocol):
    """Tells live listeners that a lesson has changed."""

    def changes(self) -> AsyncIterator[str]: ...
