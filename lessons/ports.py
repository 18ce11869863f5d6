"""What a lesson needs of the outside world; `providers` and `activities` hold the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from lessons.calls import Call, Reply
from lessons.capture import RecordedFile
from lessons.drills import Drill
from lessons.errors import LessonError
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

    `url` is for our own processes, `outside_url` for others, where it differs; `channels` has one speaker
    per channel of the file, left first.
    """

    url: str
    sha256: str
    seconds: float
    channels: tuple[Speaker, ...]
    outside_url: str = ""


Flag = Callable[[str], None]
"""Told the code of something that is missing from an otherwise good result."""


class Ledger(Protocol):
    """Every paid question and its answer; what arrived whole is never asked for again."""

    async def recall(self, call: Call) -> bytes | None:
        """Return the answer that arrived, or None."""
        ...

    async def keep(self, call: Call, reply: Reply) -> None:
        """Keep an answer with what it used; the first one kept stays."""
        ...

    async def once(self, call: Call, ask: Callable[[], Awaitable[Reply]]) -> bytes:
        """Return the answer that arrived, else ask, once, and keep it before anybody reads it."""
        ...

    async def spoil(self, call: Call, error: LessonError) -> None:
        """Let the next one ask anew, because this answer is of no use; what it used stays counted."""
        ...

    async def give_up(self, call: Call, error: LessonError) -> None:
        """Let another step ask anew; this one does without, and finds the same answer however often it is tried."""
        ...


class Transcriber(Protocol):
    """Listens to a recording; `keyterms` are names and terms that it is likely to hold.

    Raises Unavailable, PartCrashed, NotMedia, BadRecording, UnsupportedLanguage, QuestionRefused, OperatorAction,
    RecordingMissing, BadAnswer.
    """

    @property
    def model(self) -> str: ...

    async def transcribe(
        self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], ledger: Ledger, progress: Progress
    ) -> Transcript:
        """Return who said what, in seconds of this audio."""
        ...


@runtime_checkable
class CallingBack(Protocol):
    """What a Transcriber can do besides who sends its answer to an address. Raises as it does."""

    def call_of(self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str]) -> Call:
        """Return the question that `transcribe` asks about the same."""
        ...

    async def order(self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], callback: str) -> None:
        """Have the answer to that question posted to the address `callback` when it is ready."""
        ...


class Analyst(Protocol):
    """Reads a transcript as a teacher would. Raises ProviderUnavailable, OperatorAction, QuestionRefused.

    What it cannot do for a part of the lesson is left out and flagged: `refused`, `truncated`, `bad_answer`. Where that
    is all of it, mistakes and highlights raise ContentRefused or BadAnswer; drills and a summary are made without it.
    """

    @property
    def model(self) -> str: ...

    async def mistakes(
        self, transcript: Transcript, languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Mistake]:
        """Return the student's mistakes, in order of time."""
        ...

    async def drills(
        self, mistakes: Sequence[Mistake], languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Drill]:
        """Return drills of these mistakes, and of nothing else."""
        ...

    async def highlights(self, transcript: Transcript, most: int, ledger: Ledger, flag: Flag) -> list[Highlight]:
        """Return at most `most` moments worth a marketing clip, best first; none overlap."""
        ...

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake], ledger: Ledger, flag: Flag) -> Summary:
        """Return what was talked about and practised."""
        ...


class Embedder(Protocol):
    """Turns text into vectors of 384 numbers; only vectors of one `model` can be compared."""

    @property
    def model(self) -> str: ...

    async def passages(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]]: ...


class FileStore(Protocol):
    """One bucket. Raises StorageUnavailable, NoDiskSpace, OperatorAction; RecordingMissing where a key must exist."""

    async def signed_url(self, key: str, seconds: int = 300) -> str:
        """Return a URL by which anyone reads the object, by ranges too, for so many seconds."""
        ...

    async def near_url(self, key: str, seconds: int = 300) -> str:
        """Return a URL by which our own processes read it: they may not reach the host that others use."""
        ...

    @property
    def largest(self) -> int:
        """The most bytes that an `upload_url` takes."""
        ...

    async def upload_url(self, key: str, seconds: int = 900) -> str:
        """Return a URL that takes the object by PUT, for so many seconds."""
        ...

    async def reach(self) -> None:
        """Raise OperatorAction or StorageUnavailable where the bucket cannot be asked for anything."""
        ...

    async def check(self, keeps_first: bool = True) -> None:
        """Try all that is done with a bucket; raise OperatorAction or StorageUnavailable where something is refused.

        `keeps_first` tries as well whether an object stays that is put again with `replace` off.
        """
        ...

    def public_url(self, key: str) -> str:
        """Return the URL by which anyone reads an object of a public bucket."""
        ...

    async def size(self, key: str) -> int | None:
        """Return the object's bytes, or None if there is none."""
        ...

    async def keys(self, prefix: str) -> list[str]:
        """Return the keys of all objects below `kind/id/`, in order; of few only is this asked."""
        ...

    async def read(self, key: str, most: int) -> bytes:
        """Return a small object whole; raises RecordingMissing, and BadTranscript above `most` bytes."""
        ...

    async def put(self, key: str, source: Path, content_type: str, replace: bool = True) -> None:
        """Store a file under the key, whole or not at all; twice is once. Without `replace` the first one stays."""
        ...

    async def delete(self, prefix: str) -> None:
        """Delete the object of this key, or for `kind/id/` all that lies below; none is fine."""
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
class Classroom:
    """A room by its name, which is the booking's id, with the identities of the two people it is for."""

    name: str
    tutor: str
    student: str


@dataclass(frozen=True)
class Guest:
    """Somebody who may enter a classroom; a host may also mute people and put them out."""

    identity: str
    name: str
    is_host: bool


class Rooms(Protocol):
    """Where lessons are held. Raises RoomUnavailable, OperatorAction."""

    async def open(self, room: Classroom) -> None:
        """Make the room, if it is not there."""
        ...

    async def people(self, name: str) -> list[str] | None:
        """Return the identities of those who are in the room, recorders and agents not counted; None without a room."""
        ...

    async def close(self, name: str) -> None:
        """Put everybody out and remove the room; none is fine."""
        ...

    def token(self, room: Classroom, guest: Guest, lasts: timedelta) -> str:
        """Return what lets one person into one room, which it would open as `open` does."""
        ...


class Recorder(Protocol):
    """Records classrooms: the tutor on the left channel, the student on the right, the tutor's picture.

    Raises RoomUnavailable, StorageUnavailable, NoDiskSpace, PartCrashed.
    """

    async def record(self, room: Classroom, stop: asyncio.Event, shown: Callable[[bool], Awaitable[None]]) -> None:
        """Record until `stop` is set or the room is closed; `shown` is told whether it is really being recorded.

        Asked again after a crash, it goes on with another file. New sound is safe in storage within 30 seconds.
        """
        ...

    async def hush(self, room: Classroom) -> None:
        """End what is being recorded in the room, whoever began it; nothing is fine."""
        ...

    async def recordings(self, room: Classroom) -> list[RecordedFile]:
        """Return every recording of the room, also what a recorder that died has left; whole files all of them.

        Raises RecordingUnfinished where one goes on.
        """
        ...


@dataclass(frozen=True)
class Letter:
    """One e-mail; the same letter has the same id, however often it is sent.

    `unsubscribe` is the address that stops such letters by GET and POST (RFC 8058), empty where there is none.
    """

    message_id: str
    recipient: str
    subject: str
    plain: str
    html: str
    unsubscribe: str = ""


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter to the mail server; raises MailUnavailable, MailRefused, OperatorAction."""
        ...
