"""What a model tells in its own words, where it does no harm: texts of drills and of a summary."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lessons.drills import Drill, DrillType, folded, is_playable, shuffled
from lessons.evidence import within
from lessons.mistakes import Mistake
from lessons.summaries import Summary, practice, summary_of, talk
from lessons.transcript import Transcript
from lessons.wording import bare_words, fit, scripts

PROMPT, POINT, ACCOUNT = 120, 160, 900
POINTS = 6


@dataclass(frozen=True)
class DrillClaim:
    """Texts for the drill of that number, counted from 1."""

    number: int
    prompt: str
    distractors: Sequence[str]


def retold(drills: Sequence[Drill], claims: Sequence[DrillClaim]) -> list[Drill]:
    """The drills with the model's texts where they make an exercise that can be played, else as they are."""
    fixes = fixes_of(drills)
    texts = {id(fixes[one.number - 1]): one for one in claims if 1 <= one.number <= len(fixes)}
    return [reworded(one, texts[id(one)]) if id(one) in texts else one for one in drills]


def fixes_of(drills: Sequence[Drill]) -> list[Drill]:
    return [one for one in drills if one.type is DrillType.FIX]


def reworded(drill: Drill, claim: DrillClaim) -> Drill:
    data: dict[str, Any] = drill.content["data"]
    options = [*data["options"], *distractors(data, claim)]
    prompt = fit(claim.prompt, PROMPT)
    if within(bare_words(data["answer"]), bare_words(prompt)):
        prompt = ""
    content = drill.content | {
        "prompt": prompt or drill.content["prompt"],
        "data": data | {"options": shuffled(options, data["correction"])},
    }
    return replace(drill, content=content) if is_playable(content) else drill


def distractors(data: Mapping[str, Any], claim: DrillClaim) -> Iterator[str]:
    """At most two more choices, of the same kind as the answer."""
    taken = {folded(one) for one in data["options"]}
    fitting = [one for given in claim.distractors if (one := fit(given, 2 * len(data["answer"]) + 12))]
    for one in fitting[:2]:
        if folded(one) not in taken and scripts(one) <= scripts(data["correction"]):
            taken.add(folded(one))
            yield one


def true_summary(transcript: Transcript, mistakes: Sequence[Mistake], told: Sequence[Summary]) -> Summary:
    """One account out of those of the windows, between what we know for sure; ours alone if theirs are of no use."""
    own = summary_of(transcript, mistakes)
    room = ACCOUNT // max(1, len(told))
    accounts = [text for one in told if (text := account(one.text, room))]
    points = {folded(point): point for one in told for given in one.key_points if (point := fit(given, POINT))}
    sure = [one for one in mistakes if not one.needs_review]
    text = " ".join([talk(transcript), *accounts, practice(sure)])
    return Summary(text, (*list(points.values())[:POINTS],) or own.key_points) if accounts else own


def account(text: str, room: int) -> str:
    """As many whole sentences as there is room for, without those that hold what is no plain text."""
    kept = ""
    for sentence in re.split(r"(?<=[.!?…])\s+", text.strip()):
        longer = f"{kept} {fit(sentence, room)}".strip()
        if len(longer) <= room:
            kept = longer
    return kept
