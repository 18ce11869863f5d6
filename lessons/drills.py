"""Drills: what a student practises after a lesson, made of her own sentences.

Their shapes are those that the existing app's players know, and each is tried by rule before it is given away.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any
from unicodedata import combining, normalize

from lessons.corrections import Correction, corrections_of
from lessons.mistakes import Mistake, MistakeType

BLANK = "___"
TOKENS = range(4, 15)
PAIRS = range(4, 9)
OPTIONS = range(2, 5)
FIXES = 10
SCRAMBLES = 4
VOCABULARY = frozenset({MistakeType.WORD_CHOICE, MistakeType.FALLBACK})
UNFIT = re.compile(r"[<>{}@\\]|https?:|www\.")
OPENING = re.compile(r"^(?:(?:yes|no|okay|ok|well|oh|so|and|but|perfect|thank you|sorry)\b[,.!]? ?)+", re.IGNORECASE)
DEPENDENT = re.compile(r"^(?:although|as|because|if|that|to|until|when|where|which|while|who)\b", re.IGNORECASE)
MOVABLE = re.compile(
    r"\b(?:again|also|always|and|just|maybe|now|often|or|please|really|sometimes|soon|then|there|today|tomorrow|tonight|"
    r"too|usually|very much|yesterday)\b",
    re.IGNORECASE,
)


class DrillType(StrEnum):
    SCRAMBLE = "scramble"
    MATCH = "match"
    FIX = "fix"


@dataclass(frozen=True)
class Drill:
    """One playable exercise; `seconds` is the moment of the lesson it comes from, `focus` the kind of mistake.

    `content` is what stands in lesson_drills.content: `{type, prompt, data, target, correction, explanation}`.
    """

    type: DrillType
    content: dict[str, Any]
    seconds: float
    focus: str


def drills_from(mistakes: Sequence[Mistake]) -> list[Drill]:
    """The drills that these mistakes give, in order of the lesson; none from what needs review."""
    corrections = [one for one in corrections_of(mistakes) if BLANK not in one.corrected]
    clearest = sorted(corrections, key=lambda one: -one.mistake.confidence)[:FIXES]
    made = [*map(fix, clearest), *scrambles(corrections), *match(corrections)]
    playable = {drill_key(drill): drill for drill in made if is_playable(drill.content)}
    return sorted(playable.values(), key=lambda drill: drill.seconds)


def fix(one: Correction) -> Drill:
    """The right sentence with a gap, for which the student's words and the better ones are offered."""
    data = {
        "sentence": one.before + BLANK + one.after,
        "answer": one.right,
        "options": shuffled([one.right, one.wrong], one.corrected),
        "original": one.flawed,
        "correction": one.corrected,
        "explanation": one.mistake.explanation,
    }
    return drill(DrillType.FIX, "Choose what is right.", data, one)


def scrambles(corrections: Sequence[Correction]) -> Iterator[Drill]:
    """Right clauses to be put in order again, those about the order of words first."""
    chosen = sorted(corrections, key=lambda one: one.mistake.type is not MistakeType.WORD_ORDER)
    fit = [(one, clause_of(one)) for one in chosen]
    for one, clause in [(one, clause) for one, clause in fit if clause][:SCRAMBLES]:
        words = clause.split()
        data = {"words": unsolved(words, clause), "solution": words}
        yield drill(DrillType.SCRAMBLE, "Put the words in order.", data, one)


def clause_of(one: Correction) -> str:
    """The clause in which the mistake was, as a sentence of its own; empty where it could be said in two orders."""
    begin = one.before.rfind(", ") + 2 if ", " in one.before else 0
    end = one.after.find(", ")
    after = one.after if end < 0 else one.after[:end]
    clause = OPENING.sub("", (one.before[begin:] + one.right + after).strip())
    if DEPENDENT.match(clause) or MOVABLE.search(clause) or len(clause.split()) not in TOKENS:
        return ""
    return clause[0].upper() + clause[1:] + ("" if clause[-1] in ".?!" else ".")


def match(corrections: Sequence[Correction]) -> Iterator[Drill]:
    """What was said and what is better, to be brought together."""
    pairs: dict[str, Correction] = {}
    taken: set[str] = set()
    for one in sorted(corrections, key=lambda one: -one.mistake.confidence):
        sides = {folded(one.mistake.said), folded(one.mistake.better)}
        if len(sides) == 2 and not sides & taken and len(pairs) < PAIRS.stop - 1:
            pairs[folded(one.mistake.said)] = one
            taken |= sides
    if len(pairs) in PAIRS:
        chosen = sorted(pairs.values(), key=lambda one: one.mistake.start)
        data = {"pairs": [pair(str(number), one.mistake) for number, one in enumerate(chosen, 1)]}
        yield drill(DrillType.MATCH, "Match what was said with what is better.", data, chosen[0])


def pair(id: str, mistake: Mistake) -> dict[str, str]:
    return {"id": id, "left": mistake.said, "right": mistake.better}


def drill(type: DrillType, prompt: str, data: dict[str, Any], one: Correction) -> Drill:
    content = {
        "type": type.value,
        "prompt": prompt,
        "data": data,
        "target": one.mistake.better,
        "correction": one.corrected,
        "explanation": one.mistake.explanation,
    }
    return Drill(type, content, one.mistake.start, one.mistake.type.value)


def shuffled(words: Sequence[str], seed: str) -> list[str]:
    """The words in an order that depends on nothing but them and the seed."""
    return sorted(words, key=lambda word: sha256(f"{seed}/{word}".encode()).digest())


def unsolved(words: Sequence[str], seed: str) -> list[str]:
    """The words shuffled, and never in the given order if there is another."""
    mixed = shuffled(words, seed)
    turned = (mixed[turn:] + mixed[:turn] for turn in range(len(mixed)))
    return next((other for other in turned if other != list(words)), mixed)


def is_playable(content: Mapping[str, Any]) -> bool:
    """Whether the app's player can show this and take its solution as right."""
    if any(UNFIT.search(text) for text in texts_in(content)):
        return False
    match content:
        case {"type": "scramble", "data": {"words": [*words], "solution": [*solution]}}:
            return len(words) in TOKENS and words != solution and sorted(words) == sorted(solution)
        case {"type": "match", "data": {"pairs": [*pairs]}}:
            return len(pairs) in PAIRS and all(
                len({folded(one[side]) for one in pairs}) == len(pairs) for side in ("id", "left", "right")
            )
        case {
            "type": "fix" | "gap-fill",
            "data": {"sentence": str(sentence), "answer": str(answer), "options": [*options]},
        }:
            data = content["data"]
            return (
                sentence.count(BLANK) == 1
                and len(options) in OPTIONS
                and options.count(answer) == 1
                and len({folded(option) for option in options} - {""}) == len(options)
                and sentence.replace(BLANK, answer) == data["correction"] != data["original"]
            )
        case _:
            return False


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from texts_in(one)


def folded(text: str) -> str:
    """The text without case, accents and outer space."""
    plain = normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not combining(letter)).strip()


def drill_key(drill: Drill) -> str:
    """The same for the same exercise, whatever it is called and however it is shown."""
    data = drill.content["data"]
    match drill.type:
        case DrillType.SCRAMBLE:
            matter = data["solution"]
        case DrillType.MATCH:
            matter = sorted([one["left"], one["right"]] for one in data["pairs"])
        case DrillType.FIX:
            matter = [data["sentence"], data["answer"]]
    return sha256(json.dumps([drill.type.value, matter]).encode()).hexdigest()[:32]


def as_fix(drill: Drill) -> dict[str, Any]:
    """The content as our own players know it."""
    return drill.content


def as_gap_fill(drill: Drill) -> dict[str, Any]:
    """The content as the existing app's players know it: a fix is a gap-fill there."""
    return drill.content | {"type": "gap-fill"} if drill.type is DrillType.FIX else drill.content


def table_type_of(drill: Drill) -> str:
    """The `drill_type` of lesson_drills."""
    return "vocabulary" if drill.focus in VOCABULARY else "grammar"


def source_of(drill: Drill) -> str:
    """The `source` of lesson_drills."""
    return f"auto_{table_type_of(drill)}"
