"""A letter that was refused for good is known, and so is a tutor's language."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE studio.deliveries
          ADD COLUMN status text NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'refused'))""")
    op.execute("ALTER TABLE public.profiles ADD COLUMN IF NOT EXISTS mail_language text")


def downgrade() -> None:
    op.execute("ALTER TABLE studio.deliveries DROP COLUMN status")
