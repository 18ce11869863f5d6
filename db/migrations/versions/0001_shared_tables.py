"""The tables that Studio shares with the TutorLingua app, where they are not there yet.

On an empty Postgres they are made with the app's columns, so that the code sees one shape; on the app's own
database only what is missing is added, and nothing is dropped, retyped or tightened.
"""

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None

ROLES = """
DO $$ DECLARE r text; BEGIN
  FOREACH r IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
      EXECUTE format('GRANT %I TO CURRENT_USER', r);
    END IF;
  END LOOP;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
  NULL;  -- a database of a hosted product brings its roles; a neighbour may have made them just now
END $$
"""

UID = """
CREATE OR REPLACE FUNCTION studio.uid() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb->>'sub', '')::uuid $$
"""

TABLES = {
    "profiles": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email text, full_name text, username text UNIQUE,
        role text DEFAULT 'tutor', plan text DEFAULT 'professional', timezone text DEFAULT 'UTC',
        account_status text DEFAULT 'active'
            CHECK (account_status IN ('active', 'suspended', 'deactivated', 'pending_review')),
        tier public.tier_type DEFAULT 'standard', ai_credits_used int DEFAULT 0,
        custom_domain text, brand_color text DEFAULT '#000000',
        tutor_recording_consent boolean DEFAULT false, tutor_recording_consent_at timestamptz,
        auto_homework_approval text DEFAULT 'require_approval'
            CHECK (auto_homework_approval IN ('require_approval', 'auto_send')),
        created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now()""",
    "students": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE,
        user_id uuid, email text NOT NULL, full_name text, timezone text,
        native_language text, proficiency_level text, status text DEFAULT 'active',
        email_opt_out boolean DEFAULT false, email_lesson_updates boolean DEFAULT true,
        created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), deleted_at timestamptz""",
    "bookings": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE,
        student_id uuid REFERENCES public.students ON DELETE CASCADE, service_id uuid,
        scheduled_at timestamptz NOT NULL, duration_minutes int NOT NULL DEFAULT 60, timezone text,
        status text DEFAULT 'pending', student_notes text, tutor_notes text,
        created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), deleted_at timestamptz""",
    "lesson_recordings": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        booking_id uuid REFERENCES public.bookings ON DELETE SET NULL,
        tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE,
        student_id uuid NOT NULL REFERENCES public.students ON DELETE CASCADE,
        storage_path text NOT NULL, duration_seconds int, transcript_json jsonb,
        status text DEFAULT 'processing' CONSTRAINT lesson_recordings_status_check CHECK
            (status IN ('uploading', 'processing', 'transcribing', 'analyzing', 'completed', 'failed')),
        egress_id text UNIQUE, created_at timestamptz DEFAULT now(),
        ai_summary text, ai_summary_md text, summary_md text, analysis_md text, notes text,
        key_points jsonb DEFAULT '[]', fluency_flags jsonb DEFAULT '[]', speaker_segments jsonb,
        tutor_speaker_id int, student_speaker_id int, tutor_speech_analysis jsonb, student_speech_analysis jsonb,
        interaction_metrics jsonb, confusion_indicators jsonb, engagement_score numeric(3,2),
        l1_interference_detected jsonb, code_switching_metrics jsonb, detected_languages text[],
        practice_exercises_generated boolean DEFAULT false,
        tutor_notified_at timestamptz, tutor_reviewed_at timestamptz""",
    "lesson_drills": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        recording_id uuid REFERENCES public.lesson_recordings ON DELETE CASCADE,
        student_id uuid NOT NULL REFERENCES public.students ON DELETE CASCADE,
        tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE,
        booking_id uuid REFERENCES public.bookings, homework_assignment_id uuid,
        content jsonb NOT NULL, is_completed boolean DEFAULT false, completed_at timestamptz,
        created_at timestamptz DEFAULT now(),
        status text DEFAULT 'pending' CONSTRAINT lesson_drills_status_check
            CHECK (status IN ('pending', 'assigned', 'in_progress', 'completed')),
        drill_type text DEFAULT 'pronunciation' CONSTRAINT lesson_drills_type_check
            CHECK (drill_type IN ('pronunciation', 'grammar', 'vocabulary', 'fluency')),
        source text DEFAULT 'manual' CONSTRAINT lesson_drills_source_check
            CHECK (source IN ('manual', 'auto_fluency', 'auto_grammar', 'auto_vocabulary')),
        tutor_approved boolean DEFAULT false, tutor_approved_at timestamptz,
        visible_to_student boolean DEFAULT true, due_date timestamptz""",
    "marketing_clips": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        recording_id uuid REFERENCES public.lesson_recordings ON DELETE CASCADE,
        tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE,
        storage_path text NOT NULL, transcript_snippet text,
        viral_score double precision CONSTRAINT marketing_clips_viral_score_check
            CHECK (viral_score BETWEEN 0 AND 1),
        tutor_approved boolean DEFAULT false, is_public boolean DEFAULT false,
        views int DEFAULT 0 CONSTRAINT marketing_clips_views_nonnegative CHECK (views >= 0),
        title text, topic text,
        slug text CONSTRAINT marketing_clips_slug_unique UNIQUE
            CONSTRAINT marketing_clips_slug_kebab_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        start_time double precision, end_time double precision, created_at timestamptz DEFAULT now()""",
    "learning_roadmaps": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        student_id uuid NOT NULL REFERENCES public.students ON DELETE CASCADE,
        tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE,
        title text, nodes jsonb DEFAULT '[]', created_at timestamptz DEFAULT now()""",
    "notifications": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL,
        user_role text NOT NULL CONSTRAINT notifications_user_role_check CHECK (user_role IN ('tutor', 'student')),
        type text NOT NULL CONSTRAINT notifications_type_check CHECK (type IN (
            'booking_new', 'booking_confirmed', 'booking_cancelled', 'booking_reminder', 'payment_received',
            'payment_failed', 'message_new', 'message_reply', 'student_new', 'student_access_request',
            'package_purchased', 'package_expiring', 'review_received', 'review_approved',
            'system_announcement', 'account_update', 'homework_assigned', 'homework_due_reminder',
            'homework_submission_received', 'drill_assigned', 'drill_due_reminder', 'lesson_analysis_ready')),
        title text NOT NULL, body text, icon text, link text, metadata jsonb DEFAULT '{}',
        read boolean DEFAULT false, read_at timestamptz, created_at timestamptz DEFAULT now()""",
}

INDEXES = {
    "lesson_recordings": ("tutor_id", "booking_id", "status"),
    "lesson_drills": ("recording_id", "student_id"),
    "marketing_clips": ("recording_id",),
    "bookings": ("tutor_id", "student_id"),
}

ADDED = (
    "students ADD COLUMN IF NOT EXISTS target_language text",
    "lesson_recordings ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now()",
    "lesson_recordings ADD COLUMN IF NOT EXISTS key_points jsonb DEFAULT '[]'",
    "lesson_recordings ADD COLUMN IF NOT EXISTS tutor_speaker_id int",
    "lesson_recordings ADD COLUMN IF NOT EXISTS student_speaker_id int",
    "lesson_drills ADD COLUMN IF NOT EXISTS focus_area text",
    "lesson_drills ADD COLUMN IF NOT EXISTS source_timestamp_seconds int",
    "lesson_drills ADD COLUMN IF NOT EXISTS dedupe_key text",
)

TUTOR = "tutor_id = studio.uid()"
STUDENT = "student_id IN (SELECT id FROM public.students WHERE user_id = studio.uid() AND deleted_at IS NULL)"

POLICIES = (
    ("profiles", "Users can view own profile", "SELECT", "id = studio.uid()"),
    ("students", "Tutors can manage their students", "ALL", TUTOR),
    ("students", "Students can view their own profile", "SELECT", "user_id = studio.uid()"),
    ("bookings", "Tutors can manage their bookings", "ALL", TUTOR),
    ("bookings", "Students can view their bookings", "SELECT", STUDENT),
    ("lesson_recordings", "Tutors can manage own recordings", "ALL", TUTOR),
    ("lesson_recordings", "Students can view own recordings", "SELECT", STUDENT),
    ("lesson_drills", "Tutors can manage own drills", "ALL", TUTOR),
    (
        "lesson_drills",
        "Students can view their visible drills",
        "SELECT",
        f"{STUDENT} AND visible_to_student",
    ),
    ("marketing_clips", "Tutors can manage own clips", "ALL", TUTOR),
    ("marketing_clips", "Public can view approved clips", "SELECT", "tutor_approved"),
    ("learning_roadmaps", "Tutors can manage own roadmaps", "ALL", TUTOR),
    ("learning_roadmaps", "Students can view own roadmaps", "SELECT", STUDENT),
    ("notifications", "Users view own notifications", "SELECT", "user_id = studio.uid()"),
    ("notifications", "Users update own notifications", "UPDATE", "user_id = studio.uid()"),
)


def missing(table: str) -> bool:
    return op.get_bind().scalar(text("SELECT to_regclass(:name) IS NULL"), {"name": f"public.{table}"}) is True


def make(table: str) -> None:
    """A table of the app that this database does not have, with its indexes and row-level rules."""
    op.execute(f"CREATE TABLE public.{table} ({TABLES[table]})")
    op.execute(f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY")
    for column in INDEXES.get(table, ()):
        op.execute(f"CREATE INDEX ON public.{table} ({column})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON public.{table} TO authenticated")


def upgrade() -> None:
    op.execute(ROLES)
    op.execute("CREATE SCHEMA IF NOT EXISTS studio")
    op.execute(UID)
    op.execute("GRANT USAGE ON SCHEMA public, studio TO authenticated, anon")
    if op.get_bind().scalar(text("SELECT to_regtype('public.tier_type') IS NULL")) and missing("profiles"):
        op.execute("CREATE TYPE public.tier_type AS ENUM ('standard', 'studio')")
    made = [table for table in TABLES if missing(table)]
    for table in made:
        make(table)
    for change in ADDED:
        op.execute(f"ALTER TABLE public.{change}")
    for table, name, command, rule in POLICIES:
        if table in made:
            op.execute(f'CREATE POLICY "{name}" ON public.{table} FOR {command} USING ({rule})')
    op.execute(
        "CREATE UNIQUE INDEX IF NOT EXISTS lesson_drills_dedupe_key ON public.lesson_drills (dedupe_key)"
        " WHERE dedupe_key IS NOT NULL"
    )


def downgrade() -> None:
    raise NotImplementedError("The shared tables hold people's rows; restore a backup instead.")
