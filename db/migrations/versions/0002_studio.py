"""Studio's own tables, in a schema that Supabase's REST does not publish."""

from contextlib import suppress

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE studio.webhook_events (
  id text PRIMARY KEY, seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text NOT NULL, room text NOT NULL, egress_id text NOT NULL DEFAULT '', status text NOT NULL DEFAULT '',
  files jsonb NOT NULL DEFAULT '[]', received_at timestamptz NOT NULL DEFAULT now(),
  attempts int NOT NULL DEFAULT 0, relayed_at timestamptz, set_aside text);
CREATE INDEX webhook_events_waiting ON studio.webhook_events (room, seq)
  WHERE relayed_at IS NULL AND set_aside IS NULL;
CREATE INDEX webhook_events_room ON studio.webhook_events (room, seq);

CREATE TABLE studio.lessons (
  id uuid PRIMARY KEY, booking_id uuid NOT NULL UNIQUE REFERENCES public.bookings ON DELETE CASCADE,
  tutor_id uuid NOT NULL, student_id uuid NOT NULL, workflow_id text NOT NULL,
  status text NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'completed', 'failed', 'cancelled')),
  stage text NOT NULL DEFAULT 'capture', nothing text, degraded jsonb NOT NULL DEFAULT '[]',
  error_stage text, error_code text, error_sentence text, seconds double precision,
  target_language text NOT NULL DEFAULT 'en', native_language text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(), completed_at timestamptz);
CREATE INDEX lessons_of_tutor ON studio.lessons (tutor_id, created_at DESC, id DESC);
CREATE INDEX lessons_of_student ON studio.lessons (student_id, created_at DESC, id DESC);

CREATE TABLE studio.lesson_stages (
  lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE,
  stage text NOT NULL CHECK
    (stage IN ('capture', 'fetch', 'transcribe', 'extract', 'clip', 'index', 'notify')),
  status text NOT NULL CHECK (status IN ('running', 'done', 'skipped', 'failed', 'cancelled')),
  progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
  attempt int NOT NULL DEFAULT 1, started_at timestamptz, ended_at timestamptz, code text, sentence text,
  PRIMARY KEY (lesson_id, stage));

CREATE TABLE studio.recording_parts (
  lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE, number int NOT NULL,
  event_id text NOT NULL, egress_id text NOT NULL DEFAULT '', key text NOT NULL,
  transcript_key text NOT NULL DEFAULT '',
  student_channel int, reported_bytes bigint, offset_seconds double precision NOT NULL DEFAULT 0,
  seconds double precision, channels int, has_picture boolean, audio_key text, audio_sha256 text,
  loudness double precision[], PRIMARY KEY (lesson_id, number), UNIQUE (lesson_id, key, transcript_key));

CREATE TABLE studio.lesson_mistakes (
  id uuid PRIMARY KEY, lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE,
  tutor_id uuid NOT NULL, student_id uuid NOT NULL, said text NOT NULL, better text NOT NULL,
  start_seconds double precision NOT NULL, end_seconds double precision NOT NULL, type text NOT NULL,
  evidence text NOT NULL, confidence double precision NOT NULL, needs_review boolean NOT NULL,
  explanation text NOT NULL, sentence text NOT NULL, corrected text NOT NULL);
CREATE INDEX mistakes_of_lesson ON studio.lesson_mistakes (lesson_id, start_seconds);

CREATE TABLE studio.lesson_chunks (
  lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE, number int NOT NULL,
  tutor_id uuid NOT NULL, student_id uuid NOT NULL,
  start_seconds double precision NOT NULL, end_seconds double precision NOT NULL,
  text text NOT NULL, model text NOT NULL, PRIMARY KEY (lesson_id, number));
CREATE INDEX chunks_of_student ON studio.lesson_chunks (student_id, model);

CREATE TABLE studio.provider_calls (
  key text PRIMARY KEY, answer jsonb NOT NULL, answered_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE studio.deliveries (
  lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE, person_id uuid NOT NULL,
  channel text NOT NULL, message_id text NOT NULL, sent_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (lesson_id, person_id, channel))
"""

TUTOR = "tutor_id = studio.uid()"
STUDENT = "student_id IN (SELECT id FROM public.students WHERE user_id = studio.uid() AND deleted_at IS NULL)"
OF_LESSON = "lesson_id IN (SELECT id FROM studio.lessons)"

POLICIES = (
    ("lessons", "Tutors see their lessons", TUTOR),
    ("lessons", "Students see their lessons", STUDENT),
    ("lesson_stages", "Whoever sees a lesson sees its stages", OF_LESSON),
    ("lesson_mistakes", "Tutors see their students' mistakes", TUTOR),
    (
        "lesson_mistakes",
        "Students see their own mistakes that need no review",
        f"{STUDENT} AND NOT needs_review",
    ),
    ("lesson_chunks", "Tutors see their lessons' chunks", TUTOR),
    ("lesson_chunks", "Students see their lessons' chunks", STUDENT),
)

NAMES = [
    "webhook_events",
    "lessons",
    "lesson_stages",
    "recording_parts",
    "lesson_mistakes",
    "lesson_chunks",
    "provider_calls",
    "deliveries",
]


def vectors() -> str:
    """The embeddings' column type: halfvec where pgvector is there or may be made, else plain numbers."""
    bind = op.get_bind()
    if bind.scalar(text("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')")):
        schema = "extensions" if bind.scalar(text("SELECT to_regnamespace('extensions')")) else "public"
        with suppress(ProgrammingError), bind.begin_nested():
            op.execute(f"CREATE EXTENSION IF NOT EXISTS vector SCHEMA {schema}")
    home = bind.scalar(text("SELECT typnamespace::regnamespace::text FROM pg_type WHERE typname = 'halfvec'"))
    return f"{home}.halfvec(384)" if home else "real[]"


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    op.execute(f"ALTER TABLE studio.lesson_chunks ADD COLUMN embedding {vectors()} NOT NULL")
    for table in NAMES:
        op.execute(f"ALTER TABLE studio.{table} ENABLE ROW LEVEL SECURITY")
    for table, name, rule in POLICIES:
        op.execute(f'CREATE POLICY "{name}" ON studio.{table} FOR SELECT TO authenticated USING ({rule})')
    for table in dict.fromkeys(table for table, _, _ in POLICIES):
        op.execute(f"GRANT SELECT ON studio.{table} TO authenticated")


def downgrade() -> None:
    for table in reversed(NAMES):
        op.execute(f"DROP TABLE studio.{table}")
