"""Everything that a lesson gave, as one object and as people read it."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.rule import Rule
from rich.text import Text

from studio.client import StudioClient

EXCERPT = 14
MISTAKE_FIELDS = ("said", "better", "start", "end", "type", "evidence", "confidence", "needs_review")
COLOURS = {"tutor": "cyan", "student": "magenta", "unknown": "white"}


async def results_of(client: StudioClient, lesson_id: str, files: Path | None) -> dict[str, Any]:
    """All results of a lesson; a clip's `path` is its file in `files` where the storage is a folder here."""
    here = f"/api/lessons/{lesson_id}"
    lesson = await client.get(here)
    heard = lesson["status"] == "completed" or lesson["error"] is not None
    transcript = await client.get(f"{here}/transcript") if heard and has_transcript(lesson) else {}
    mistakes = (await client.get(f"{here}/mistakes"))["items"]
    drills = (await client.get(f"{here}/drills"))["items"]
    clips = (await client.get(f"{here}/clips"))["items"]
    return {
        "lesson": lesson,
        "transcript": transcript,
        "mistakes": [{name: one[name] for name in MISTAKE_FIELDS} for one in mistakes],
        "drills": [{"content": one["content"]} for one in drills],
        "clips": [clip_of(one, files) for one in clips],
        "roadmap": {"nodes": lesson["roadmap"]},
        "summary": lesson["summary"],
    }


def has_transcript(lesson: dict[str, Any]) -> bool:
    return any(stage["stage"] == "transcribe" and stage["status"] == "done" for stage in lesson["stages"])


def clip_of(clip: dict[str, Any], files: Path | None) -> dict[str, Any]:
    shown = {name: clip[name] for name in ("start", "end", "viral_score", "transcript_snippet")}
    return shown | {"path": path_of(clip["url"], files)}


def path_of(url: str | None, files: Path | None) -> str | None:
    """Where the object behind a signed URL lies; the URL's own path where that is not known here."""
    if url is None:
        return None
    path = unquote(urlsplit(url).path)
    local = files / path.removeprefix("/files/") if files else None
    return str(local) if local and local.exists() else path


def print_results(results: dict[str, Any]) -> None:
    """Print a lesson's results for a person."""
    Console(highlight=False, soft_wrap=True).print(Group(*parts_of(results)))


def parts_of(results: dict[str, Any]) -> list[RenderableType]:
    lesson = results["lesson"]
    shown: list[RenderableType] = [Rule(f"Lesson {lesson['id']} is {lesson['status']}", align="left")]
    if lesson["nothing"]:
        shown.append(f"It gave no results: {lesson['nothing'].replace('_', ' ')}.")
    shown += [Text(line, style="red") for line in failures_of(lesson)]
    if results["summary"]:
        shown += [Text(results["summary"]), ""]
    for title, lines in sections_of(results).items():
        if lines:
            shown += [Rule(title, align="left", style="dim"), *lines]
    return shown


def failures_of(lesson: dict[str, Any]) -> list[str]:
    """A line for each failure: its code, by which it can be looked up, and its sentence."""
    failures = [*([lesson["error"]] if lesson["error"] else []), *lesson["degraded"]]
    return [f"{failure['code']}: {failure['sentence']}" for failure in failures]


def sections_of(results: dict[str, Any]) -> dict[str, list[RenderableType]]:
    lesson = results["lesson"]
    return {
        "Transcript": [line_of(one) for one in results["transcript"].get("utterances", [])[:EXCERPT]],
        "Mistakes": [mistake_line(one) for one in results["mistakes"]],
        "Drills": [drill_line(one["content"]) for one in results["drills"]],
        "Clips": [clip_line(one) for one in results["clips"]],
        "Roadmap": [f"  {node['status']:<9} {escape(node['topic'])}" for node in results["roadmap"]["nodes"]],
        "Cost": [cost_line(one) for one in (lesson["cost"] or {"calls": []})["calls"]],
    }


def cost_line(calls: dict[str, Any]) -> RenderableType:
    dollars = "price not known" if calls["usd"] is None else f"${calls['usd']:.4f}"
    counts = (
        f"{calls['requests']} requests: {calls['answers']} answered, {calls['failures']} failed, {calls['cut']} cut"
    )
    about = f"[dim]{calls['operation']}, {counts}[/]"
    return f"  {dollars:<9} {escape(calls['provider'])} {escape(calls['model'])}  {about}"


def line_of(utterance: dict[str, Any]) -> RenderableType:
    speaker = ("tutor", "student", "unknown")[min(utterance["speaker"], 2)]
    line = Text(f"  {clock(utterance['start'])}  ")
    return line.append(f"{speaker:<8}", COLOURS[speaker]).append(utterance["transcript"])


def mistake_line(mistake: dict[str, Any]) -> RenderableType:
    review = "  [dim](for the tutor to review)[/]" if mistake["needs_review"] else ""
    said, better = escape(mistake["said"]), escape(mistake["better"])
    about = f"[dim]{mistake['type']}, {mistake['evidence']}[/]"
    return f"  {clock(mistake['start'])}  [red]{said}[/] → [green]{better}[/]  {about}{review}"


def drill_line(content: dict[str, Any]) -> RenderableType:
    data = content["data"]
    match content["type"]:
        case "scramble":
            shown = " / ".join(data["words"])
        case "match":
            shown = ", ".join(f"{pair['left']} = {pair['right']}" for pair in data["pairs"])
        case _:
            shown = f"{data['sentence']}  ({' | '.join(data['options'])})"
    return Text(f"  {content['type']:<9} {shown}")


def clip_line(clip: dict[str, Any]) -> RenderableType:
    span = f"{clock(clip['start'])}-{clock(clip['end'])}"
    where = clip["path"] or "a span without a file"
    return Text(f"  {span}  score {clip['viral_score']:.2f}  {where}\n      “{clip['transcript_snippet'][:100]}…”")


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
