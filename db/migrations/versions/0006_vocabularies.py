"""A tutor's own names and terms, and calls that are found by the secret of their callback."""

from alembic import op

revision = "0006"
down_revision = "0005"

UP = """
CREATE TABLE studio.vocabularies (
  tutor_id uuid PRIMARY KEY REFERENCES public.profiles ON DELETE CASCADE, terms text[] NOT NULL DEFAULT '{}'
    CHECK (cardinality(terms) <= 100), updated_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE studio.vocabularies ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Tutors see their own vocabulary" ON studio.vocabularies FOR SELECT TO authenticated
  USING (tutor_id = (SELECT studio.uid()));
GRANT SELECT ON studio.vocabularies TO authenticated;
CREATE UNIQUE INDEX provider_calls_called_back ON studio.provider_calls (callback_sha256)
  WHERE callback_sha256 IS NOT NULL;
CREATE INDEX provider_calls_waited_for ON studio.provider_calls (task_token) WHERE task_token IS NOT NULL
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX studio.provider_calls_waited_for, studio.provider_calls_called_back")
    op.execute("DROP TABLE studio.vocabularies")
