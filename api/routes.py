"""The table of contents of the API: every path, what it takes, and what it answers."""

from api import (
    clips,
    drills,
    events,
    files,
    health,
    imports,
    lessons,
    mailbox,
    mistakes,
    problem_pages,
    snapshots,
    transcripts,
    uploads,
    webhooks,
)
from api.operations import Operation

LESSON = "/api/lessons/{lesson_id:uuid}"
FILE = "/files/{bucket}/{key:path}"
KNOWN = {"If-None-Match": "The ETag of a former answer; 304 if it is still right."}
SIGNED = {"expires": "From the link.", "signature": "From the link."}
FORMAT = {"format": "json (default), vtt, srt or txt."}
PAGED = {"limit": "How many, 1 to 100; 20 if not told.", "cursor": "`next` of the page before."}

LIVEKIT = Operation(
    "POST",
    "/api/webhooks/livekit",
    webhooks.livekit,
    body="application/webhook+json",
    headers={"Authorization": "LiveKit's token, without `Bearer`."},
    problems=("bad_signature", "unparsable", "too_large", "database_unavailable"),
    open=True,
)
OPERATIONS = (
    LIVEKIT,
    Operation("GET", "/api/lessons", lessons.list_lessons, lessons.LessonPage, query=PAGED, problems=("invalid",)),
    Operation(
        "POST",
        "/api/lessons",
        imports.import_lesson,
        lessons.Accepted,
        202,
        body=imports.Import,
        headers={"Idempotency-Key": "The same key makes the same lesson, once."},
        problems=("unparsable", "invalid", "key_reused", "not_found", "tutor_only", "too_large"),
    ),
    Operation("GET", LESSON, lessons.show_lesson, snapshots.LessonSnapshot, headers=KNOWN, problems=("not_found",)),
    Operation(
        "GET",
        f"{LESSON}/transcript",
        transcripts.show_transcript,
        dict,
        query=FORMAT,
        headers=KNOWN,
        problems=("not_found", "no_transcript", "invalid"),
    ),
    Operation(
        "GET",
        f"{LESSON}/transcript.{{format}}",
        transcripts.show_transcript,
        "text/plain",
        headers=KNOWN,
        problems=("not_found", "no_transcript", "invalid"),
    ),
    Operation(
        "GET",
        f"{LESSON}/mistakes",
        mistakes.list_mistakes,
        mistakes.MistakeList,
        headers=KNOWN,
        problems=("not_found",),
    ),
    Operation("GET", f"{LESSON}/drills", drills.list_drills, drills.DrillList, problems=("not_found",)),
    Operation("GET", f"{LESSON}/clips", clips.list_clips, clips.ClipList, problems=("not_found",)),
    Operation(
        "GET",
        f"{LESSON}/events",
        events.follow_lesson,
        "text/event-stream",
        headers={"Last-Event-ID": "The newest version that is known."},
        problems=("not_found",),
    ),
    Operation(
        "POST",
        f"{LESSON}/retry",
        lessons.retry,
        lessons.Accepted,
        202,
        body=lessons.Retry,
        problems=(
            "unparsable",
            "invalid",
            "not_found",
            "tutor_only",
            "not_failed",
            "not_begun",
            "bad_stage",
            "too_large",
            "temporal_unavailable",
        ),
    ),
    Operation(
        "POST",
        f"{LESSON}/cancel",
        lessons.cancel,
        lessons.Accepted,
        202,
        problems=("not_found", "tutor_only", "not_begun", "temporal_unavailable"),
    ),
    Operation(
        "POST",
        "/api/uploads",
        uploads.make_upload,
        uploads.UploadPlace,
        201,
        body=uploads.Upload,
        problems=("unparsable", "invalid", "tutor_only", "too_large"),
    ),
    Operation("GET", "/healthz", health.healthz, health.Health, open=True),
    Operation("GET", "/readyz", health.readyz, health.Readiness, open=True),
    Operation(
        "GET",
        FILE,
        files.read_file,
        "application/octet-stream",
        query=SIGNED,
        headers={"Range": "One range of bytes."},
        problems=("bad_link", "not_found", "recording_missing"),
        open=True,
    ),
    Operation(
        "PUT",
        FILE,
        files.write_file,
        status=201,
        body="application/octet-stream",
        query=SIGNED,
        problems=("bad_link", "not_found", "too_large", "no_disk_space", "storage_unavailable"),
        open=True,
    ),
)

PAGES = (
    Operation("GET", "/problems", problem_pages.list_problems, "text/html", open=True),
    Operation("GET", "/problems/{code}", problem_pages.show_problem, "text/html", open=True),
    Operation("GET", "/dev/inbox", mailbox.list_letters, "text/html", open=True),
    Operation("GET", "/dev/inbox/{letter_id}", mailbox.show_letter, "text/html", open=True),
)
