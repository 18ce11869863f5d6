"""Policies ask once for each statement who is asking, no longer for each row."""

from alembic import op

revision = "0005"
down_revision = "0004"

ASK_ONCE = """
DO $$ DECLARE
  one record;
  before text := current_setting('search_path');
BEGIN
  PERFORM set_config('search_path', '', true);  -- lets Postgres write the function with its schema
  FOR one IN SELECT * FROM pg_policies WHERE qual LIKE '%studio.uid()%' AND qual NOT LIKE '%SELECT studio.uid()%' LOOP
    EXECUTE format('ALTER POLICY %I ON %I.%I USING (%s)', one.policyname, one.schemaname, one.tablename,
                   replace(one.qual, 'studio.uid()', '(SELECT studio.uid())'));
  END LOOP;
  PERFORM set_config('search_path', before, true);
END $$
"""


def upgrade() -> None:
    op.execute(ASK_ONCE)


def downgrade() -> None:
    """What the rules allow is the same before and after."""
