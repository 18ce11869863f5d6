"""Files of which no lesson could be made, and what the inbox held by then: a later import stands in for them."""

from alembic import op

revision = "0010"
down_revision = "0009"

UP = """
CREATE TABLE studio.refused_files (
  lesson_id uuid NOT NULL REFERENCES studio.lessons ON DELETE CASCADE, key text NOT NULL,
  code text NOT NULL, known_seq bigint NOT NULL, PRIMARY KEY (lesson_id, key));
ALTER TABLE studio.refused_files ENABLE ROW LEVEL SECURITY
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE studio.refused_files")
