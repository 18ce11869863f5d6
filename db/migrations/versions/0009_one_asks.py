"""Who asks a provider holds the question, and nobody asks the same beside her; a lesson keeps its keyterms."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("ALTER TABLE studio.provider_calls ADD COLUMN held_until timestamptz")
    op.execute("ALTER TABLE studio.lessons ADD COLUMN keyterms text[]")


def downgrade() -> None:
    op.execute("ALTER TABLE studio.lessons DROP COLUMN keyterms")
    op.execute("ALTER TABLE studio.provider_calls DROP COLUMN held_until")
