"""How each answer about consent came: from somebody who was signed in, or by a link to the classroom."""

from alembic import op

revision = "0011"
down_revision = "0010"

# What was answered before, and to a front of the version before this one, has none.
UP = "ALTER TABLE studio.consents ADD COLUMN came_by text CHECK (came_by IN ('account', 'link'))"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("ALTER TABLE studio.consents DROP COLUMN came_by")
