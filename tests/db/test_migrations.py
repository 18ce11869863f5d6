"""The migrations: on an empty Postgres, a second time, and where the TutorLingua app's tables are already."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.chunks import keep_chunks
from db.models import Base
from db.session import Sessions, open_engine, open_sessions
from lessons.chunks import Chunk
from studio.migrating import ALEMBIC_INI, migrate
from tests.rows import a_lesson

CATALOG = (
    "SELECT table_schema, table_name, column_name, udt_name, column_default, is_nullable"
    " FROM information_schema.columns WHERE table_schema IN ('public', 'studio')",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint",
    "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname IN ('public', 'studio')",
    "SELECT schemaname, tablename, policyname, cmd, roles::text, qual, with_check FROM pg_policies",
    "SELECT oid::regclass::text, relrowsecurity, relacl::text, relfilenode FROM pg_class"
    " WHERE relnamespace::regnamespace::text IN ('public', 'studio')",
    "SELECT nspname, nspacl::text FROM pg_namespace",
    "SELECT oid::regprocedure::text, prosrc FROM pg_proc WHERE pronamespace = to_regnamespace('studio')",
    "SELECT extname, extversion FROM pg_extension",
)

APP_COLUMNS = {
    "profiles": "id email full_name username role plan timezone account_status tier ai_credits_used custom_domain"
    " brand_color tutor_recording_consent tutor_recording_consent_at auto_homework_approval created_at updated_at",
    "students": "id tutor_id user_id email full_name timezone native_language target_language proficiency_level"
    " status email_opt_out email_lesson_updates deleted_at",
    "bookings": "id tutor_id student_id service_id scheduled_at duration_minutes timezone status deleted_at",
    "lesson_recordings": "id booking_id tutor_id student_id storage_path duration_seconds transcript_json status"
    " egress_id created_at updated_at ai_summary ai_summary_md summary_md analysis_md notes key_points"
    " fluency_flags speaker_segments tutor_speaker_id student_speaker_id tutor_speech_analysis"
    " student_speech_analysis interaction_metrics confusion_indicators engagement_score l1_interference_detected"
    " code_switching_metrics detected_languages practice_exercises_generated tutor_notified_at tutor_reviewed_at",
    "lesson_drills": "id recording_id student_id tutor_id content is_completed completed_at booking_id"
    " homework_assignment_id due_date status drill_type source tutor_approved tutor_approved_at visible_to_student"
    " focus_area source_timestamp_seconds dedupe_key",
    "marketing_clips": "id recording_id tutor_id storage_path transcript_snippet viral_score tutor_approved"
    " is_public views title topic slug start_time end_time",
    "learning_roadmaps": "id student_id tutor_id title nodes created_at",
    "notifications": "id user_id user_role type title body icon link metadata read read_at created_at",
}

APP_DEFAULTS = {
    ("profiles", "tier"): "standard",
    ("profiles", "brand_color"): "#000000",
    ("bookings", "duration_minutes"): "60",
    ("lesson_recordings", "status"): "processing",
    ("lesson_drills", "status"): "pending",
    ("lesson_drills", "visible_to_student"): "true",
    ("lesson_drills", "tutor_approved"): "false",
    ("marketing_clips", "is_public"): "false",
    ("learning_roadmaps", "nodes"): "[]",
}

APP_VALUES = {
    "lesson_recordings.status": ("uploading processing transcribing analyzing completed failed", "cancelled"),
    "lesson_drills.status": ("pending assigned in_progress completed", "done"),
    "lesson_drills.drill_type": ("pronunciation grammar vocabulary fluency", "scramble"),
    "lesson_drills.source": ("manual auto_fluency auto_grammar auto_vocabulary", "auto"),
    "marketing_clips.viral_score": ("0 0.5 1", "1.1"),
    "marketing_clips.slug": ("a the-past-2", "The Past"),
    "profiles.account_status": ("active suspended deactivated pending_review", "gone"),
}

EARLIER = """
    CREATE TABLE public.profiles (id uuid PRIMARY KEY, email text NOT NULL, full_name text, tier text,
        timezone text DEFAULT 'Europe/Madrid');
    CREATE TABLE public.students (id uuid PRIMARY KEY, tutor_id uuid NOT NULL REFERENCES public.profiles,
        user_id uuid, email text NOT NULL, full_name text NOT NULL, timezone text, native_language text,
        email_opt_out boolean, email_lesson_updates boolean, deleted_at timestamptz);
    CREATE TABLE public.lesson_drills (id uuid PRIMARY KEY, student_id uuid REFERENCES public.students, content jsonb);
    ALTER TABLE public.students ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "An older rule" ON public.students USING (false);
    INSERT INTO public.profiles VALUES ('a0000000-0000-4000-8000-000000000001', 'mira@tutors.example', NULL, 'gold');
    INSERT INTO public.students VALUES ('b0000000-0000-4000-8000-000000000001',
        'a0000000-0000-4000-8000-000000000001', NULL, 'lucia@students.example', 'Lucia');
    INSERT INTO public.lesson_drills VALUES ('e0000000-0000-4000-8000-000000000001', NULL, '{}')
"""


async def rows_of(engine: AsyncEngine, statement: str) -> list[Any]:
    async with engine.connect() as connection:
        return sorted(map(tuple, await connection.execute(text(statement))), key=repr)


async def catalog_of(engine: AsyncEngine) -> list[list[Any]]:
    return [await rows_of(engine, statement) for statement in CATALOG]


async def did(engine: AsyncEngine, statements: str) -> None:
    async with engine.begin() as connection:
        for statement in statements.split(";\n"):
            await connection.execute(text(statement))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database at the newest revision."""
    made = create_async_engine(database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def earlier(empty_database_url: str, migrated_template: str) -> AsyncIterator[AsyncEngine]:
    """A database with earlier tables, in the hands of an owner who is no superuser."""
    server = create_async_engine(empty_database_url)
    owner, name = f"owner_{uuid4().hex}", empty_database_url.rpartition("/")[2]
    await did(server, f"CREATE ROLE {owner} LOGIN PASSWORD 'tests';\nALTER DATABASE {name} OWNER TO {owner}")
    address = server.url.set(username=owner).render_as_string(hide_password=False)
    made = open_engine(address)
    await did(made, EARLIER)
    yield made
    await made.dispose()
    await did(server, f"REASSIGN OWNED BY {owner} TO CURRENT_USER;\nDROP OWNED BY {owner};\nDROP ROLE {owner}")
    await server.dispose()


def missing_from(connection: Connection) -> list[Any]:
    """What the models name and the database does not have, or has with another type."""
    opts = {"include_schemas": True, "compare_type": True, "version_table_schema": "studio"}
    found = compare_metadata(MigrationContext.configure(connection, opts=opts), Base.metadata)
    flat = [change for one in found for change in (one if isinstance(one, list) else [one])]
    return [change[:4] for change in flat if change[0] in ("add_table", "add_column", "modify_type")]


async def test_an_empty_database_gets_every_column_that_the_code_names_and_tier_as_the_apps_enum(
    engine: AsyncEngine,
) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(missing_from) == [("modify_type", None, "profiles", "tier")]


async def test_a_second_upgrade_changes_nothing(engine: AsyncEngine, database_url: str) -> None:
    before = await catalog_of(engine)
    await migrate(database_url)
    assert await catalog_of(engine) == before


async def test_the_revision_is_kept_in_our_own_schema(engine: AsyncEngine) -> None:
    tables = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'alembic_version'"
    assert await rows_of(engine, tables) == [("studio",)]


@pytest.mark.parametrize("table", APP_COLUMNS)
async def test_the_shared_tables_have_the_columns_of_the_app(engine: AsyncEngine, table: str) -> None:
    columns = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
    assert set(APP_COLUMNS[table].split()) - {name for (name,) in await rows_of(engine, columns)} == set()


async def test_the_shared_columns_have_the_defaults_of_the_app(engine: AsyncEngine) -> None:
    stated = await rows_of(
        engine,
        "SELECT table_name, column_name, column_default FROM information_schema.columns WHERE table_schema = 'public'",
    )
    defaults = {(table, column): str(default).split("::")[0].strip("'") for table, column, default in stated}
    assert {where: defaults[where] for where in APP_DEFAULTS} == APP_DEFAULTS


@pytest.mark.parametrize("column", APP_VALUES)
async def test_the_shared_columns_take_the_values_that_the_app_knows_and_no_others(
    sessions: Sessions, column: str
) -> None:
    (table, name), (known, unknown) = column.split("."), APP_VALUES[column]
    await filled(sessions)
    for value in [*known.split(" "), None]:
        await put(sessions, table, name, value)
    with pytest.raises(DBAPIError, match="check constraint"):
        await put(sessions, table, name, unknown)


async def filled(sessions: Sessions) -> None:
    lesson = await a_lesson(sessions)
    values = {"id": lesson.lesson_id, "tutor": lesson.tutor_id, "student": lesson.student_id}
    async with sessions.begin() as session:
        for table, more, value in (
            ("lesson_recordings", "student_id, storage_path", ":student, ''"),
            ("lesson_drills", "student_id, content", ":student, '{}'"),
            ("marketing_clips", "storage_path", "''"),
        ):
            await session.execute(
                text(f"INSERT INTO public.{table} (id, tutor_id, {more}) VALUES (:id, :tutor, {value})"), values
            )


async def put(sessions: Sessions, table: str, column: str, value: str | None) -> None:
    shown = "NULL" if value is None else f"'{value}'"
    async with sessions.begin() as session:
        await session.execute(text(f"UPDATE public.{table} SET {column} = {shown}"))


async def test_one_egress_is_one_recording(sessions: Sessions) -> None:
    for _ in range(2):
        await filled(sessions)
    with pytest.raises(DBAPIError, match="egress_id"):
        await put(sessions, "lesson_recordings", "egress_id", "EG_1")


async def test_every_policy_asks_once_who_is_asking_and_not_for_every_row(engine: AsyncEngine) -> None:
    rules = await rows_of(engine, "SELECT qual FROM pg_policies WHERE qual LIKE '%uid()%'")
    assert len(rules) > 20
    assert [rule for (rule,) in rules if rule.count("uid()") != rule.replace("studio.", "").count("SELECT uid()")] == []


async def test_tables_that_are_there_are_only_added_to(earlier: AsyncEngine) -> None:
    before = [set(rows) for rows in await catalog_of(earlier)]
    people = "SELECT id, email, full_name, tier, timezone FROM public.profiles"
    students = "SELECT id, full_name, tutor_id FROM public.students"
    rows = await rows_of(earlier, people), await rows_of(earlier, students)
    await migrate(earlier.url.render_as_string(hide_password=False))
    columns, constraints, indexes, policies, tables, *_ = [set(rows) for rows in await catalog_of(earlier)]
    assert (await rows_of(earlier, people), await rows_of(earlier, students)) == rows
    assert before[0] <= columns
    assert before[1] <= constraints
    assert before[2] <= indexes
    assert before[4] <= tables
    assert {name for _, table, name, *_ in policies if table in ("students", "profiles")} == {"An older rule"}
    added = {(table, column) for schema, table, column, *_ in columns - before[0] if schema == "public"}
    assert {one for one in added if one[0] in ("profiles", "students", "lesson_drills")} == {
        *(("profiles", column) for column in ("mail_language", "plan", "brand_color")),
        ("students", "target_language"),
        ("lesson_drills", "focus_area"),
        ("lesson_drills", "source_timestamp_seconds"),
        ("lesson_drills", "dedupe_key"),
    }


async def test_answers_that_were_kept_before_calls_were_counted_are_set_aside_and_come_back(
    empty_database_url: str,
) -> None:
    config = Config(ALEMBIC_INI)
    config.attributes["url"] = empty_database_url
    engine = open_engine(empty_database_url)
    await asyncio.to_thread(command.upgrade, config, "0002")
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO studio.provider_calls VALUES ('a key', '{\"words\": 5}')"))
    kept = "SELECT key, answer, answered_at FROM studio.provider_calls"
    before = await rows_of(engine, kept)
    await migrate(empty_database_url)
    assert await rows_of(engine, "TABLE studio.provider_calls_0002") == before
    assert await rows_of(engine, "SELECT key FROM studio.provider_calls") == []
    await asyncio.to_thread(command.downgrade, config, "0002")
    assert await rows_of(engine, kept) == before
    await engine.dispose()


async def test_an_owner_who_may_not_have_pgvector_keeps_vectors_as_plain_numbers(earlier: AsyncEngine) -> None:
    await migrate(earlier.url.render_as_string(hide_password=False))
    sessions = open_sessions(earlier)
    lesson = await a_lesson(sessions)
    async with sessions.begin() as session:
        for _ in range(2):
            await keep_chunks(session, lesson, [Chunk(0, 0.0, 9.5, "hello")], [[0.5] * 384], "e5")
        assert list(await session.scalars(text("SELECT embedding FROM studio.lesson_chunks"))) == [[0.5] * 384]
