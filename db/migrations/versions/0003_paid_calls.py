"""Every call to a provider: asked, answered or failed, what it used and what it cost."""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"

SET_ASIDE = "studio.provider_calls_0002"
"""What was kept before: answers of the recogniser on this machine, which name no lesson and cost nothing."""

UP = """
DELETE FROM studio.provider_calls;
ALTER TABLE studio.provider_calls DROP COLUMN answer, ALTER COLUMN answered_at DROP NOT NULL,
  ALTER COLUMN answered_at DROP DEFAULT,
  ADD COLUMN lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE,
  ADD COLUMN provider text NOT NULL, ADD COLUMN operation text NOT NULL, ADD COLUMN model text NOT NULL,
  ADD COLUMN version text NOT NULL, ADD COLUMN content text NOT NULL,
  ADD COLUMN state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'answered', 'failed')),
  ADD COLUMN asks int NOT NULL DEFAULT 0, ADD COLUMN answers int NOT NULL DEFAULT 0,
  ADD COLUMN failures int NOT NULL DEFAULT 0, ADD COLUMN code text,
  ADD COLUMN request_id text NOT NULL DEFAULT '', ADD COLUMN seconds double precision NOT NULL DEFAULT 0,
  ADD COLUMN input_tokens bigint NOT NULL DEFAULT 0, ADD COLUMN cached_tokens bigint NOT NULL DEFAULT 0,
  ADD COLUMN output_tokens bigint NOT NULL DEFAULT 0, ADD COLUMN cost_usd numeric(14, 6),
  ADD COLUMN body bytea, ADD COLUMN body_key text,
  ADD COLUMN callback_sha256 text, ADD COLUMN task_token bytea,
  ADD COLUMN asked_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX provider_calls_of_lesson ON studio.provider_calls (lesson_id);
CREATE POLICY "Tutors see what their lessons cost" ON studio.provider_calls FOR SELECT TO authenticated
  USING (lesson_id IN (SELECT id FROM studio.lessons WHERE tutor_id = (SELECT studio.uid())));
GRANT SELECT (lesson_id, provider, operation, model, asks, answers, failures, cost_usd) ON studio.provider_calls
  TO authenticated
"""


def upgrade() -> None:
    if op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM studio.provider_calls)")):
        op.execute(f"CREATE TABLE {SET_ASIDE} AS TABLE studio.provider_calls")
        op.execute(f"ALTER TABLE {SET_ASIDE} ENABLE ROW LEVEL SECURITY")
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE studio.provider_calls")
    op.execute("""
        CREATE TABLE studio.provider_calls (
          key text PRIMARY KEY, answer jsonb NOT NULL, answered_at timestamptz NOT NULL DEFAULT now())""")
    op.execute("ALTER TABLE studio.provider_calls ENABLE ROW LEVEL SECURITY")
    if op.get_bind().scalar(text(f"SELECT to_regclass('{SET_ASIDE}')")):
        op.execute(f"INSERT INTO studio.provider_calls TABLE {SET_ASIDE}")
        op.execute(f"DROP TABLE {SET_ASIDE}")
