"""Everything that can go wrong with a lesson, and whether trying again can help.

LessonError
├── PermanentError                 no retry helps: the lesson is parked at once
│   ├── OperatorAction             operator_action        a key, an account or a setting has to be mended first
│   ├── BadRecording               bad_recording
│   ├── QuestionRefused            question_refused
│   ├── ContentRefused             content_refused
│   ├── UnsupportedLanguage        unsupported_language
│   ├── RecordingEmpty             recording_empty
│   ├── RecordingTruncated         recording_truncated
│   ├── NotMedia                   not_media
│   ├── NoAudio                    no_audio
│   ├── RecordingTooLong           recording_too_long
│   ├── BadTranscript              bad_transcript
│   ├── ClipFailed                 clip_failed
│   ├── ConsentWithdrawn           consent_withdrawn      the lesson goes on without what needs it, and is not parked
│   └── MailRefused                mail_refused
├── RecordingMissing               recording_missing      an upload may come late; parked after some tries
├── BadAnswer                      bad_answer             asked for once more, then parked
├── NoDiskSpace                    no_disk_space          a retry may meet an emptier disk
└── Unavailable                    *_unavailable          Temporal backs off and tries again
    ├── DatabaseUnavailable        database_unavailable
    ├── StorageUnavailable         storage_unavailable
    ├── MailUnavailable            mail_unavailable
    ├── ProviderUnavailable        provider_unavailable
    ├── RoomUnavailable            room_unavailable
    ├── RecordingUnfinished        recording_unfinished   it is still going on, or being uploaded
    └── PartCrashed                part_crashed

What a vendor's HTTP status means is decided by `vendor_error` alone.

A text of these is shown to people and stands in Temporal: it names no content and no secret.
"""

import re
import traceback
from datetime import timedelta


class LessonError(Exception):
    """A lesson could not be processed further; `code` is stable, the text says what to do.

    `tries` bounds how often a step may end with this error, where that is fewer than for others; `after` is when to
    try next.
    """

    code = "lesson_error"
    sentence = "The lesson could not be processed."
    remedy = "Retry it; if it fails again, look at the worker's log."
    tries: int | None = None

    def __init__(self, detail: str = "", after: timedelta | None = None) -> None:
        said = f"{self.sentence[:-1]} ({detail})." if detail else self.sentence
        super().__init__(f"{said} {self.remedy}")
        self.detail = detail
        self.after = after


class PermanentError(LessonError):
    """No number of retries will help."""


class OperatorAction(PermanentError):
    """A provider wants something mended by whoever runs this service: a key, an account, a model's name."""

    code = "operator_action"
    sentence = "A provider refuses to work for this account."
    remedy = "Mend it (`studio doctor` tells where), then retry; what is already paid for is kept."


class BadRecording(PermanentError):
    """The speech provider cannot read the sound."""

    code = "bad_recording"
    sentence = "The sound of the recording cannot be read by the speech provider."
    remedy = "Import another recording for this booking: the lesson goes on with it."


class QuestionRefused(PermanentError):
    """A provider does not take the question as it is put."""

    code = "question_refused"
    sentence = "A provider does not take this question."
    remedy = "Check the model's name and its limits, then retry."


class UnsupportedLanguage(PermanentError):
    """The speech provider does not know the language that is learnt."""

    code = "unsupported_language"
    sentence = "The speech provider does not understand this language."
    remedy = "Import it again with the language that is learnt, or choose another STUDIO_SPEECH__MODEL and retry."


class ContentRefused(PermanentError):
    """A provider will not work on what was said in the lesson."""

    code = "content_refused"
    sentence = "A provider will not work on what was said in this lesson."
    remedy = "Retry, or choose another model; everything else of the lesson is ready."


class RecordingEmpty(PermanentError):
    """The recording has no bytes."""

    code = "recording_empty"
    sentence = "The recording is empty."
    remedy = "Import it again for this booking: the lesson goes on with it."


class RecordingTruncated(PermanentError):
    """The recording ends before it should."""

    code = "recording_truncated"
    sentence = "The recording is cut short."
    remedy = "Import the whole file for this booking: the lesson goes on with it."


class NotMedia(PermanentError):
    """The file is no audio or video that can be read."""

    code = "not_media"
    sentence = "The file is not a recording that can be read."
    remedy = "Import an MP4, WebM, Ogg, MP3, M4A or WAV file for this booking: the lesson goes on with it."


class NoAudio(PermanentError):
    """The recording has no audio track."""

    code = "no_audio"
    sentence = "The recording has no audio track."
    remedy = "Import a recording with sound for this booking: the lesson goes on with it."


class RecordingTooLong(PermanentError):
    """The recording is longer than a lesson can be."""

    code = "recording_too_long"
    sentence = "The recording is longer than 12 hours."
    remedy = "Cut it into lessons and import each."


class BadTranscript(PermanentError):
    """The transcript given with an import has not the shape of Deepgram's results."""

    code = "bad_transcript"
    sentence = "The transcript is not in the shape of Deepgram's results."
    remedy = 'Import {"results": {"channels": [...], "utterances": [...]}} for it: the lesson goes on with that.'


class ClipFailed(PermanentError):
    """A clip could not be rendered from this recording."""

    code = "clip_failed"
    sentence = "A clip could not be rendered."
    remedy = "Everything else is ready; retry from clip, or leave it."


class ConsentWithdrawn(PermanentError):
    """Not both people agree, or no longer, to a computer working on the lesson."""

    code = "consent_withdrawn"
    sentence = "Not both people agree to a computer working on this lesson."
    remedy = "Ask them to agree to it, then retry."


class MailRefused(PermanentError):
    """Nobody can write to this person."""

    code = "mail_refused"
    sentence = "A letter cannot be delivered."
    remedy = "Correct the person's address for the letters to come; this one is not tried again."


class RecordingMissing(LessonError):
    """The recording is not in storage, or not yet."""

    code = "recording_missing"
    sentence = "The recording is not in storage."
    remedy = "Retry from fetch once it is there, or import it again for this booking: the lesson goes on with it."
    tries = 5

    def __init__(self, detail: str = "", after: timedelta | None = timedelta(seconds=10)) -> None:
        super().__init__(detail, after)


class BadAnswer(LessonError):
    """A provider's answer arrived, but cannot be used."""

    code = "bad_answer"
    sentence = "A provider's answer cannot be used."
    remedy = "Retry; if it happens again, look whether the provider or its address has changed."
    tries = 2


class NoDiskSpace(LessonError):
    """The disk is full."""

    code = "no_disk_space"
    sentence = "There is no space left on the disk."
    remedy = "Free some, then retry."


class Unavailable(LessonError):
    """Something outside did not answer; it may later, `after` a time of its own choosing."""

    code = "unavailable"
    sentence = "An outside part does not answer."
    remedy = "Retry when it is back; `studio doctor` tells which part is down."


class DatabaseUnavailable(Unavailable):
    """Postgres does not answer."""

    code = "database_unavailable"
    sentence = "The database does not answer."


class StorageUnavailable(Unavailable):
    """The file storage does not answer."""

    code = "storage_unavailable"
    sentence = "The file storage does not answer."


class MailUnavailable(Unavailable):
    """The mail server does not answer."""

    code = "mail_unavailable"
    sentence = "The mail server does not answer."


class ProviderUnavailable(Unavailable):
    """A provider of speech, language or embeddings does not answer."""

    code = "provider_unavailable"
    sentence = "A provider does not answer."


class RoomUnavailable(Unavailable):
    """The classroom's server does not answer."""

    code = "room_unavailable"
    sentence = "The classroom's server does not answer."


class RecordingUnfinished(Unavailable):
    """A recording has not ended yet."""

    code = "recording_unfinished"
    sentence = "A recording of the lesson is not finished."
    remedy = "Retry when it is."


class PartCrashed(Unavailable):
    """A child process that worked on the lesson ended unexpectedly."""

    code = "part_crashed"
    sentence = "A helper process ended unexpectedly."
    remedy = LessonError.remedy


REFUSALS = (
    BadRecording,
    RecordingEmpty,
    RecordingTruncated,
    RecordingMissing,
    NotMedia,
    NoAudio,
    RecordingTooLong,
)
"""What a file itself is refused for: an import that comes after that stands in for it."""


def vendor_error(
    vendor: str,
    status: int | None,
    said: str = "",
    after: timedelta | None = None,
    refused: type[PermanentError] = QuestionRefused,
) -> LessonError:
    """The error for what a vendor answered: its HTTP status, None where no answer came, and its own code.

    `refused` stands for a question that is at fault itself. Of the vendor's words only a code is told on.
    """
    detail = ", ".join(filter(None, (vendor, f"status {status}" if status else "", slug(said))))
    match status:
        case None | 408 | 409 | 425 | 429:
            return ProviderUnavailable(detail, after)
        case int() if status >= 500:
            return ProviderUnavailable(detail, after)
        case 401 | 402 | 403 | 404 | 405:
            return OperatorAction(detail)
        case int() if status >= 400:
            return refused(detail)
        case _:
            return BadAnswer(detail)


def places(error: BaseException) -> str:
    """Where an error was raised and what called it, innermost first, for a log; its text may quote content."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))


def slug(said: str) -> str:
    """A vendor's code if it looks like one; a sentence may quote a key or a person."""
    return said if re.fullmatch("[A-Za-z0-9_]{1,40}", said) else ""
