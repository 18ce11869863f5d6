"""The tables, without behaviour; only the columns that this service reads or writes.

`public` is shared with the TutorLingua app, `studio` is ours.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ARRAY, BigInteger, DateTime, Double, ForeignKey, Identity, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = Annotated[str, mapped_column(Uuid(as_uuid=False))]
Key = Annotated[str, mapped_column(Uuid(as_uuid=False), primary_key=True)]
LessonKey = Annotated[str, mapped_column(Uuid(as_uuid=False), ForeignKey("studio.lessons.id"), primary_key=True)]
Made = Annotated[datetime, mapped_column(server_default=text("now()"))]
Json = Annotated[Any, mapped_column(JSONB)]
OURS = {"schema": "studio"}


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), float: Double, str: Text}  # noqa: RUF012


class Profile(Base):
    """A tutor."""

    __tablename__ = "profiles"
    id: Mapped[Key]
    email: Mapped[str | None]
    full_name: Mapped[str | None]
    timezone: Mapped[str | None]
    mail_language: Mapped[str | None]
    tier: Mapped[str | None]
    plan: Mapped[str | None]
    brand_color: Mapped[str | None]


class Student(Base):
    """A person who learns with one tutor; who learns with two has two rows."""

    __tablename__ = "students"
    id: Mapped[Key]
    tutor_id: Mapped[Id]
    user_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    email: Mapped[str]
    full_name: Mapped[str | None]
    timezone: Mapped[str | None]
    native_language: Mapped[str | None]
    target_language: Mapped[str | None]
    email_opt_out: Mapped[bool | None]
    email_lesson_updates: Mapped[bool | None]
    deleted_at: Mapped[datetime | None]


class Booking(Base):
    __tablename__ = "bookings"
    id: Mapped[Key]
    tutor_id: Mapped[Id]
    student_id: Mapped[Id]
    service_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    scheduled_at: Mapped[datetime]
    duration_minutes: Mapped[int | None]
    timezone: Mapped[str | None]
    status: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    @property
    def ends_at(self) -> datetime:
        """When the lesson ends; one of which nobody told how long it takes takes an hour."""
        return self.scheduled_at + timedelta(minutes=self.duration_minutes or 60)


class Offer(Base):
    """What a tutor offers: a kind of lesson."""

    __tablename__ = "services"
    id: Mapped[Key]
    name: Mapped[str]


class LessonRecording(Base):
    """One row per lesson, as the TutorLingua app reads it; its id is the lesson's."""

    __tablename__ = "lesson_recordings"
    id: Mapped[Key]
    booking_id: Mapped[Id]
    tutor_id: Mapped[Id]
    student_id: Mapped[Id]
    storage_path: Mapped[str]
    duration_seconds: Mapped[int | None]
    transcript_json: Mapped[Json | None]
    status: Mapped[str | None]
    egress_id: Mapped[str | None]
    ai_summary: Mapped[str | None]
    ai_summary_md: Mapped[str | None]
    key_points: Mapped[Json | None]
    detected_languages: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    tutor_speaker_id: Mapped[int | None]
    student_speaker_id: Mapped[int | None]
    tutor_notified_at: Mapped[datetime | None]
    created_at: Mapped[Made]
    updated_at: Mapped[datetime | None]


class LessonDrill(Base):
    __tablename__ = "lesson_drills"
    id: Mapped[Key]
    recording_id: Mapped[Id]
    student_id: Mapped[Id]
    tutor_id: Mapped[Id]
    content: Mapped[Json]
    drill_type: Mapped[str | None]
    source: Mapped[str | None]
    status: Mapped[str | None]
    focus_area: Mapped[str | None]
    source_timestamp_seconds: Mapped[int | None]
    is_completed: Mapped[bool | None]
    tutor_approved: Mapped[bool | None]
    visible_to_student: Mapped[bool | None]
    dedupe_key: Mapped[str | None]
    created_at: Mapped[Made]


class MarketingClip(Base):
    __tablename__ = "marketing_clips"
    id: Mapped[Key]
    recording_id: Mapped[Id]
    tutor_id: Mapped[Id]
    storage_path: Mapped[str]
    transcript_snippet: Mapped[str | None]
    viral_score: Mapped[float | None]
    tutor_approved: Mapped[bool | None]
    is_public: Mapped[bool | None]
    title: Mapped[str | None]
    start_time: Mapped[float | None]
    end_time: Mapped[float | None]
    created_at: Mapped[Made]


class LearningRoadmap(Base):
    __tablename__ = "learning_roadmaps"
    id: Mapped[Key]
    student_id: Mapped[Id]
    tutor_id: Mapped[Id]
    title: Mapped[str | None]
    nodes: Mapped[Json]


class WebhookEvent(Base):
    """The inbox: what happened in a room, as far as a lesson needs it; `seq` is the order of arrival."""

    __tablename__ = "webhook_events"
    __table_args__ = OURS
    id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    kind: Mapped[str]
    room: Mapped[str]
    egress_id: Mapped[str]
    status: Mapped[str]
    files: Mapped[Json]
    received_at: Mapped[Made]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    relayed_at: Mapped[datetime | None]
    set_aside: Mapped[str | None]


class LessonState(Base):
    """How far a lesson is; `version` grows with every change that a reader could see."""

    __tablename__ = "lessons"
    __table_args__ = OURS
    id: Mapped[Key]
    booking_id: Mapped[Id]
    tutor_id: Mapped[Id]
    student_id: Mapped[Id]
    workflow_id: Mapped[str]
    status: Mapped[str]
    stage: Mapped[str]
    nothing: Mapped[str | None]
    degraded: Mapped[Json]
    error_stage: Mapped[str | None]
    error_code: Mapped[str | None]
    error_sentence: Mapped[str | None]
    seconds: Mapped[float | None]
    target_language: Mapped[str]
    native_language: Mapped[str]
    keyterms: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Made]
    updated_at: Mapped[Made]
    completed_at: Mapped[datetime | None]


class LessonStage(Base):
    __tablename__ = "lesson_stages"
    __table_args__ = OURS
    lesson_id: Mapped[LessonKey]
    stage: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    progress: Mapped[float]
    attempt: Mapped[int]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    code: Mapped[str | None]
    sentence: Mapped[str | None]


class RecordingPart(Base):
    """One file of a lesson; `offset_seconds` is its place on the lesson's timeline."""

    __tablename__ = "recording_parts"
    __table_args__ = OURS
    lesson_id: Mapped[LessonKey]
    number: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    egress_id: Mapped[str]
    key: Mapped[str]
    transcript_key: Mapped[str]
    student_channel: Mapped[int | None]
    reported_bytes: Mapped[int | None] = mapped_column(BigInteger)
    offset_seconds: Mapped[float]
    seconds: Mapped[float | None]
    channels: Mapped[int | None]
    has_picture: Mapped[bool | None]
    audio_key: Mapped[str | None]
    audio_sha256: Mapped[str | None]
    loudness: Mapped[list[float] | None] = mapped_column(ARRAY(Double))


class RefusedFile(Base):
    """A file of which no lesson could be made; `known_seq` is the inbox's newest event of its room by then."""

    __tablename__ = "refused_files"
    __table_args__ = OURS
    lesson_id: Mapped[LessonKey]
    key: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    known_seq: Mapped[int] = mapped_column(BigInteger)


class LessonMistake(Base):
    __tablename__ = "lesson_mistakes"
    __table_args__ = OURS
    id: Mapped[Key]
    lesson_id: Mapped[Id]
    tutor_id: Mapped[Id]
    student_id: Mapped[Id]
    said: Mapped[str]
    better: Mapped[str]
    start_seconds: Mapped[float]
    end_seconds: Mapped[float]
    type: Mapped[str]
    evidence: Mapped[str]
    confidence: Mapped[float]
    needs_review: Mapped[bool]
    explanation: Mapped[str]
    sentence: Mapped[str]
    corrected: Mapped[str]


class LessonChunk(Base):
    __tablename__ = "lesson_chunks"
    __table_args__ = OURS
    lesson_id: Mapped[LessonKey]
    number: Mapped[int] = mapped_column(primary_key=True)
    tutor_id: Mapped[Id]
    student_id: Mapped[Id]
    start_seconds: Mapped[float]
    end_seconds: Mapped[float]
    text: Mapped[str]
    model: Mapped[str]
    embedding: Mapped[Any] = mapped_column(HALFVEC(384))


class ProviderCall(Base):
    """A question to a provider; once it is answered, it is never asked again.

    `asks` counts requests, `answers` those that came back whole, `failures` those that were told to have failed;
    the rest was cut while the provider was thinking. A large body lies in storage, under `body_key`. What was ordered
    is waited for until `awaited_until`, by the step of this `task_token`; who asks and waits herself holds the call
    until `held_until`, which she renews. `given_up_by` is the step that found no use for the answer, which it alone
    still reads.
    """

    __tablename__ = "provider_calls"
    __table_args__ = OURS
    key: Mapped[str] = mapped_column(primary_key=True)
    lesson_id: Mapped[Id]
    provider: Mapped[str]
    operation: Mapped[str]
    model: Mapped[str]
    version: Mapped[str]
    content: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="asked")
    asks: Mapped[int] = mapped_column(server_default="0")
    answers: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    code: Mapped[str | None]
    request_id: Mapped[str] = mapped_column(server_default="")
    seconds: Mapped[float] = mapped_column(server_default="0")
    input_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    cached_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    output_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    cost_usd: Mapped[Decimal | None]
    body: Mapped[bytes | None]
    body_key: Mapped[str | None]
    task_token: Mapped[bytes | None]
    awaited_until: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    given_up_by: Mapped[str | None]
    asked_at: Mapped[Made]
    answered_at: Mapped[datetime | None]


class Callback(Base):
    """A secret under which a provider may post the answer to a call; each is good for one answer."""

    __tablename__ = "callbacks"
    __table_args__ = OURS
    secret_sha256: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    answered_at: Mapped[datetime | None]


class Vocabulary(Base):
    """The names and terms that a tutor wants to be heard right."""

    __tablename__ = "vocabularies"
    __table_args__ = OURS
    tutor_id: Mapped[Key]
    terms: Mapped[list[str]] = mapped_column(ARRAY(Text))
    updated_at: Mapped[Made]


class Delivery(Base):
    """A message that was handed over or refused for good (`status`), once per lesson, person and channel."""

    __tablename__ = "deliveries"
    __table_args__ = OURS
    lesson_id: Mapped[LessonKey]
    person_id: Mapped[Key]
    channel: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="sent")
    sent_at: Mapped[Made]


class ConsentGiven(Base):
    """A person's answer to one question; the newest one counts, and none is ever changed."""

    __tablename__ = "consents"
    __table_args__ = OURS
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    booking_id: Mapped[Id]
    person_id: Mapped[Id]
    role: Mapped[str]
    purpose: Mapped[str]
    given: Mapped[bool]
    version: Mapped[str]
    came_by: Mapped[str | None]
    at: Mapped[Made]


class ClassroomState(Base):
    """What is known of a booking's room; there is a row from when somebody first asked to enter.

    `opened_at` is when somebody was let in last.
    """

    __tablename__ = "classrooms"
    __table_args__ = OURS
    booking_id: Mapped[Key]
    opened_at: Mapped[Made]
    joined_tutor_at: Mapped[datetime | None]
    joined_student_at: Mapped[datetime | None]
    recording: Mapped[bool] = mapped_column(server_default="false")
    recording_since: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
