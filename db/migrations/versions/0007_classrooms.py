"""Classrooms: what people agreed to, what is known of a room, and what a room's link opens."""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"

SERVICES = """
CREATE TABLE public.services (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tutor_id uuid NOT NULL REFERENCES public.profiles ON DELETE CASCADE, name text NOT NULL,
  duration_minutes int NOT NULL DEFAULT 60, is_active boolean DEFAULT true, created_at timestamptz DEFAULT now());
ALTER TABLE public.services ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Tutors can manage own services" ON public.services USING (tutor_id = (SELECT studio.uid()));
CREATE POLICY "Public can view active services" ON public.services FOR SELECT USING (is_active);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.services TO authenticated
"""

UP = """
ALTER TABLE public.profiles ADD COLUMN IF NOT EXISTS plan text, ADD COLUMN IF NOT EXISTS brand_color text;
ALTER TABLE public.bookings ADD COLUMN IF NOT EXISTS service_id uuid;

CREATE FUNCTION studio.linked_booking() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb->'room_link'->>'booking')::uuid $$;

CREATE FUNCTION studio.linked_person() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb->'room_link'->>'person')::uuid $$;

CREATE FUNCTION studio.seat_in(wanted uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
$$ SELECT CASE
     WHEN b.tutor_id IN (studio.uid(), l.person) THEN 'tutor'
     WHEN s.deleted_at IS NULL AND (s.user_id = studio.uid() OR s.id = l.person) THEN 'student' END
   FROM public.bookings b JOIN public.students s ON s.id = b.student_id
     LEFT JOIN (SELECT studio.linked_booking(), studio.linked_person()) l (booking, person) ON l.booking = b.id
   WHERE b.id = wanted AND b.deleted_at IS NULL $$;
REVOKE ALL ON FUNCTION studio.seat_in(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION studio.seat_in(uuid) TO authenticated;

CREATE TABLE studio.consents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  booking_id uuid NOT NULL REFERENCES public.bookings ON DELETE CASCADE,
  person_id uuid NOT NULL, role text NOT NULL CHECK (role IN ('tutor', 'student')),
  purpose text NOT NULL CHECK (purpose IN ('record', 'ai', 'marketing')),
  given boolean NOT NULL, version text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX consents_of_booking ON studio.consents (booking_id, person_id, purpose, id DESC);
ALTER TABLE studio.consents ENABLE ROW LEVEL SECURITY;
CREATE POLICY "People see their own answers, each other's to recording, and tutors all" ON studio.consents
  FOR SELECT TO authenticated USING (CASE studio.seat_in(booking_id)
    WHEN 'tutor' THEN true WHEN 'student' THEN role = 'student' OR purpose = 'record' ELSE false END);
GRANT SELECT ON studio.consents TO authenticated;

CREATE TABLE studio.classrooms (
  booking_id uuid PRIMARY KEY REFERENCES public.bookings ON DELETE CASCADE,
  opened_at timestamptz NOT NULL DEFAULT now(), joined_tutor_at timestamptz, joined_student_at timestamptz,
  recording boolean NOT NULL DEFAULT false, recording_since timestamptz, ended_by text, ended_at timestamptz);
ALTER TABLE studio.classrooms ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Both people see their classroom" ON studio.classrooms
  FOR SELECT TO authenticated USING (studio.seat_in(booking_id) IS NOT NULL);
GRANT SELECT ON studio.classrooms TO authenticated;

CREATE POLICY "Whoever has a room's link sees its lesson" ON studio.lessons FOR SELECT TO authenticated
  USING (booking_id = (SELECT studio.linked_booking()) AND studio.seat_in(booking_id) IS NOT NULL)
"""

DOWN = """
DROP POLICY "Whoever has a room's link sees its lesson" ON studio.lessons;
DROP TABLE studio.classrooms, studio.consents;
DROP FUNCTION studio.seat_in(uuid), studio.linked_booking(), studio.linked_person()
"""


def run(statements: str) -> None:
    for statement in statements.split(";\n"):
        op.execute(statement)


def upgrade() -> None:
    if op.get_bind().scalar(text("SELECT to_regclass('public.services') IS NULL")):
        run(SERVICES)
    run(UP)


def downgrade() -> None:
    run(DOWN)
