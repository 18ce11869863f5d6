"""Row-level security: what each person may see and change of every table that a signed-in person may read."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Sessions, as_person
from lessons.messages import Lesson
from tests.rows import People, a_lesson, new_people

TABLES = """
    SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname IN ('public', 'studio')
"""
READABLE = f"{TABLES} AND has_table_privilege('authenticated', pg_class.oid, 'SELECT') ORDER BY 1"

FILL = """
    INSERT INTO public.lesson_recordings (id, booking_id, tutor_id, student_id, storage_path)
        VALUES (:lesson, :booking, :tutor, :student, 'lessons/1/a.mp4');
    INSERT INTO public.lesson_drills (recording_id, tutor_id, student_id, content, visible_to_student)
        VALUES (:lesson, :tutor, :student, '{}', true), (:lesson, :tutor, :student, '{}', false);
    INSERT INTO public.marketing_clips (recording_id, tutor_id, storage_path) VALUES (:lesson, :tutor, 'clip.mp4');
    INSERT INTO public.learning_roadmaps (tutor_id, student_id) VALUES (:tutor, :student);
    INSERT INTO public.notifications (user_id, user_role, type, title)
        VALUES (:tutor, 'tutor', 'lesson_analysis_ready', ''), (:user, 'student', 'lesson_analysis_ready', '');
    INSERT INTO studio.lesson_stages (lesson_id, stage, status) VALUES (:lesson, 'fetch', 'done');
    INSERT INTO studio.lesson_mistakes (id, lesson_id, tutor_id, student_id, said, better, start_seconds,
            end_seconds, type, evidence, confidence, needs_review, explanation, sentence, corrected)
        SELECT gen_random_uuid(), :lesson, :tutor, :student, 'go', 'went', 1, 2, 'tense', 'none', 1, review, '', '', ''
        FROM (VALUES (false), (true)) v (review);
    INSERT INTO studio.lesson_chunks (lesson_id, number, tutor_id, student_id, start_seconds, end_seconds, text,
        model, embedding) VALUES (:lesson, 0, :tutor, :student, 0, 1, '', 'e5', array_fill(0.5, ARRAY[384])::real[]);
    INSERT INTO studio.recording_parts (lesson_id, number, event_id, key) VALUES (:lesson, 0, 'EV_1', 'a.mp4');
    INSERT INTO studio.deliveries (lesson_id, person_id, channel, message_id) VALUES (:lesson, :tutor, 'email', '');
    INSERT INTO studio.provider_calls (key, lesson_id, provider, operation, model, version, content)
        SELECT gen_random_uuid(), :lesson, 'deepgram', 'transcribe', 'nova-3', '1', '';
    INSERT INTO public.services (tutor_id, name, is_active) VALUES (:tutor, 'Lesson', false);
    INSERT INTO studio.consents (booking_id, person_id, role, purpose, given, version) VALUES
        (:booking, :tutor, 'tutor', 'record', true, '1'), (:booking, :tutor, 'tutor', 'ai', true, '1'),
        (:booking, :student, 'student', 'record', true, '1'), (:booking, :student, 'student', 'ai', true, '1');
    INSERT INTO studio.classrooms (booking_id) VALUES (:booking);
    INSERT INTO studio.vocabularies (tutor_id, terms) VALUES (:tutor, '{gerund}') ON CONFLICT DO NOTHING;
    INSERT INTO studio.webhook_events (id, kind, room) VALUES (:lesson, 'room_finished', :booking)
"""

SEEN = {
    # table                      tutor, other tutor, student, other student, student who left, nobody
    "public.bookings": (3, 1, 2, 1, 0, 0),
    "public.learning_roadmaps": (3, 1, 2, 1, 0, 0),
    "public.lesson_drills": (6, 2, 2, 1, 0, 0),
    "public.lesson_recordings": (3, 1, 2, 1, 0, 0),
    "public.marketing_clips": (3, 1, 0, 0, 0, 0),
    "public.notifications": (3, 1, 2, 1, 1, 0),
    "public.profiles": (1, 1, 0, 0, 0, 0),
    "public.services": (3, 1, 0, 0, 0, 0),
    "public.students": (3, 1, 2, 1, 1, 0),
    "studio.classrooms": (3, 1, 2, 1, 0, 0),
    "studio.consents": (12, 4, 6, 3, 0, 0),
    "studio.lesson_chunks": (3, 1, 2, 1, 0, 0),
    "studio.lesson_mistakes": (6, 2, 2, 1, 0, 0),
    "studio.lesson_stages": (3, 1, 2, 1, 0, 0),
    "studio.lessons": (3, 1, 2, 1, 0, 0),
    "studio.vocabularies": (1, 1, 0, 0, 0, 0),
}


@dataclass(frozen=True)
class School:
    """A tutor with three students, one of whom has left, and another tutor with whom the first student learns too."""

    tutor: str
    other_tutor: str
    student: str
    other_student: str
    left: str
    lesson: Lesson

    @property
    def people(self) -> tuple[str | None, ...]:
        return self.tutor, self.other_tutor, self.student, self.other_student, self.left, None


@pytest.fixture
async def school(sessions: Sessions) -> School:
    one = new_people()
    two, three = (People(one.tutor, str(uuid4()), str(uuid4())) for _ in range(2))
    other = People(str(uuid4()), str(uuid4()), one.student_user)
    lessons = [await taught(sessions, people) for people in (one, two, three, other)]
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE public.students SET deleted_at = now() WHERE id = :left"), {"left": three.student}
        )
    student, other_student, left = (str(people.student_user) for people in (one, two, three))
    return School(one.tutor, other.tutor, student, other_student, left, lessons[0])


async def taught(sessions: Sessions, people: People) -> Lesson:
    """A lesson that left a row in every table, and each kind of row that somebody may not see."""
    lesson = await a_lesson(sessions, people)
    values = {
        "lesson": lesson.lesson_id,
        "booking": lesson.booking_id,
        "tutor": people.tutor,
        "student": people.student,
        "user": people.student_user,
    }
    async with sessions.begin() as session:
        for statement in FILL.split(";\n"):
            await session.execute(text(statement), values)
    return lesson


async def tables(sessions: Sessions, which: str) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(text(which)))


async def counted(sessions: Sessions, person: str | None, statement: str) -> int:
    """How many rows a statement touches in a person's name; nothing of it stays."""
    async with as_person(sessions, {"sub": person} if person else {}) as session:
        rows = (await session.execute(text(statement))).all()
        await session.rollback()
    return len(rows)


async def test_everyone_sees_her_own_and_nothing_else(sessions: Sessions, school: School) -> None:
    seen = {
        table: tuple([await counted(sessions, person, f"SELECT 1 FROM {table}") for person in school.people])
        for table in await tables(sessions, READABLE)
    }
    assert seen == SEEN


async def test_a_student_sees_no_mistake_that_needs_review_and_no_hidden_drill(
    sessions: Sessions, school: School
) -> None:
    async with as_person(sessions, {"sub": school.student}) as session:
        assert (await session.scalars(text("SELECT needs_review FROM studio.lesson_mistakes"))).all() == [False] * 2
        assert (await session.scalars(text("SELECT visible_to_student FROM public.lesson_drills"))).all() == [True] * 2


async def test_an_approved_clip_is_public(sessions: Sessions, school: School) -> None:
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE public.marketing_clips SET tutor_approved = true WHERE recording_id = :lesson"),
            {"lesson": school.lesson.lesson_id},
        )
    seen = [await counted(sessions, person, "SELECT 1 FROM public.marketing_clips") for person in school.people]
    assert seen == [3, 2, 1, 1, 1, 1]


async def test_students_strangers_and_nobody_change_nothing(sessions: Sessions, school: School) -> None:
    changed = {
        (table, person): await counted(sessions, person, f"DELETE FROM {table} RETURNING 1")
        for table in SEEN
        if table.startswith("public.")
        for person in (school.student, school.other_student, school.left, None)
    }
    assert [where for where, rows in changed.items() if rows] == []


async def test_a_tutor_changes_her_own_rows_and_no_others(sessions: Sessions, school: School) -> None:
    updated = "UPDATE public.lesson_drills SET tutor_approved = true RETURNING 1"
    assert await counted(sessions, school.tutor, updated) == 6
    assert await counted(sessions, school.other_tutor, updated) == 2
    assert await counted(sessions, school.student, updated) == 0


async def test_a_tutor_gives_no_row_to_another(sessions: Sessions, school: School) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        await counted(sessions, school.tutor, f"UPDATE public.lesson_drills SET tutor_id = '{school.other_tutor}'")


async def test_whoever_is_notified_may_mark_it_as_read(sessions: Sessions, school: School) -> None:
    read = "UPDATE public.notifications SET read = true RETURNING 1"
    assert [await counted(sessions, person, read) for person in school.people] == [3, 1, 2, 1, 1, 0]


@pytest.mark.parametrize("privilege", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
async def test_only_the_service_writes_into_its_own_schema(sessions: Sessions, privilege: str) -> None:
    writable = f"{TABLES} AND nspname = 'studio' AND has_table_privilege('authenticated', pg_class.oid, '{privilege}')"
    assert await tables(sessions, writable) == []


async def test_whoever_is_not_signed_in_reads_no_table(sessions: Sessions) -> None:
    readable = f"{TABLES} AND has_table_privilege('anon', pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE')"
    assert await tables(sessions, readable) == []


async def test_every_table_has_row_level_rules(sessions: Sessions) -> None:
    assert await tables(sessions, f"{TABLES} AND NOT relrowsecurity") == ["studio.alembic_version"]
