"""Every secret under which an answer may still come, how long it is waited for, and answers that a step gave up."""

from alembic import op

revision = "0008"
down_revision = "0007"

# provider_calls.callback_sha256 stays for the workers of the version before this one.
UP = """
ALTER TABLE studio.provider_calls ADD COLUMN awaited_until timestamptz, ADD COLUMN given_up_by text;
CREATE TABLE studio.callbacks (
  secret_sha256 text PRIMARY KEY, key text NOT NULL REFERENCES studio.provider_calls ON DELETE CASCADE,
  answered_at timestamptz);
CREATE INDEX callbacks_of_call ON studio.callbacks (key);
ALTER TABLE studio.callbacks ENABLE ROW LEVEL SECURITY;
INSERT INTO studio.callbacks
  SELECT callback_sha256, key, answered_at FROM studio.provider_calls WHERE callback_sha256 IS NOT NULL
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE studio.callbacks")
    op.execute("ALTER TABLE studio.provider_calls DROP COLUMN awaited_until, DROP COLUMN given_up_by")
