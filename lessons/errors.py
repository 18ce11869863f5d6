"""Everything that can go wrong with a lesson, and whether trying again can help.

LessonError
├── PermanentError                 no retry helps: the lesson is parked at once
│   ├── RecordingMissing           recording_missing
│   ├── RecordingEmpty             recording_empty
│   ├── RecordingTruncated         recording_truncated
│   ├── NotMedia                   not_media
│   ├── NoAudio                    no_audio
│   ├── RecordingTooLong           recording_too_long
│   ├── BadTranscript              bad_transcript
│   ├── ClipFailed                 clip_failed
│   └── MailRefused                mail_refused
├── NoDiskSpace                    no_disk_space          a retry may meet an emptier disk
└── Unavailable                    *_unavailable          Temporal backs off and tries again
    ├── StorageUnavailable         storage_unavailable
    ├── MailUnavailable            mail_unavailable
    └── PartCrashed                part_crashed

A text of these is shown to people and stands in Temporal: it names no content and no secret.
"""

from datetime import timedelta


class LessonError(Exception):
    """A lesson could not be processed further; `code` is stable, the text says what to do."""

    code = "lesson_error"
    sentence = "The lesson could not be processed."
    remedy = "Retry it; if it fails again, look at the worker's log."

    def __init__(self, detail: str = "", after: timedelta | None = None) -> None:
        said = f"{self.sentence[:-1]} ({detail})." if detail else self.sentence
        super().__init__(f"{said} {self.remedy}")
        self.detail = detail
        self.after = after


class PermanentError(LessonError):
    """No number of retries will help."""


class RecordingMissing(PermanentError):
    """The recording is not in storage."""

    code = "recording_missing"
    sentence = "The recording is not in storage."
    remedy = "Upload it again, then retry from fetch."


class RecordingEmpty(PermanentError):
    """The recording has no bytes."""

    code = "recording_empty"
    sentence = "The recording is empty."
    remedy = "Upload it again, then retry from fetch."


class RecordingTruncated(PermanentError):
    """The recording ends before it should."""

    code = "recording_truncated"
    sentence = "The recording is cut short."
    remedy = "Upload the whole file, then retry from fetch."


class NotMedia(PermanentError):
    """The file is no audio or video that can be read."""

    code = "not_media"
    sentence = "The file is not a recording that can be read."
    remedy = "Upload an MP4, WebM, Ogg, MP3, M4A or WAV file, then retry from fetch."


class NoAudio(PermanentError):
    """The recording has no audio track."""

    code = "no_audio"
    sentence = "The recording has no audio track."
    remedy = "Upload a recording with sound, then retry from fetch."


class RecordingTooLong(PermanentError):
    """The recording is longer than a lesson can be."""

    code = "recording_too_long"
    sentence = "The recording is longer than 12 hours."
    remedy = "Cut it into lessons and import each."


class BadTranscript(PermanentError):
    """The transcript given with an import has not the shape of Deepgram's results."""

    code = "bad_transcript"
    sentence = "The transcript is not in the shape of Deepgram's results."
    remedy = 'Give a JSON object {"results": {"channels": [...], "utterances": [...]}} and import it again.'


class ClipFailed(PermanentError):
    """A clip could not be rendered from this recording."""

    code = "clip_failed"
    sentence = "A clip could not be rendered."
    remedy = "Everything else is ready; retry from clip, or leave it."


class MailRefused(PermanentError):
    """The mail server refuses this message for good."""

    code = "mail_refused"
    sentence = "The mail server refused a message."
    remedy = "Check the sender's and the person's address."


class NoDiskSpace(LessonError):
    """The disk is full."""

    code = "no_disk_space"
    sentence = "There is no space left on the disk."
    remedy = "Free some, then retry."


class Unavailable(LessonError):
    """Something outside did not answer; it may later, `after` a time of its own choosing."""

    code = "unavailable"
    sentence = "An outside part does not answer."
    remedy = "It is tried again by itself; `studio doctor` tells which part is down."


class StorageUnavailable(Unavailable):
    """The file storage does not answer."""

    code = "storage_unavailable"
    sentence = "The file storage does not answer."


class MailUnavailable(Unavailable):
    """The mail server does not answer."""

    code = "mail_unavailable"
    sentence = "The mail server does not answer."


class PartCrashed(Unavailable):
    """A child process that worked on the lesson ended unexpectedly."""

    code = "part_crashed"
    sentence = "A helper process ended unexpectedly."
