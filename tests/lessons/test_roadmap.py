from collections.abc import Callable

from lessons.evidence import find_mistakes
from lessons.languages import LanguagePair
from lessons.roadmap import Node, roadmap_from
from lessons.transcript import Transcript

Conversation = Callable[..., Transcript]
ENGLISH = LanguagePair()


def test_the_most_frequent_kinds_are_active_and_the_rest_waits(lesson: Transcript) -> None:
    nodes = roadmap_from(find_mistakes(lesson, ENGLISH), [])
    assert [node.status for node in nodes[:3]] == ["active", "active", "locked"]
    assert nodes[0].topic == "Verb forms"
    assert len({node.id for node in nodes}) == len(nodes)


def test_the_same_topic_has_the_same_id_in_every_lesson(conversation: Conversation) -> None:
    mistakes = find_mistakes(conversation(("student", "I am agree.")), ENGLISH)
    before = roadmap_from(mistakes, [])
    assert roadmap_from(mistakes, before) == before


def test_topics_of_earlier_lessons_stay_and_completed_ones_come_back(conversation: Conversation) -> None:
    mistakes = find_mistakes(conversation(("student", "I am agree.")), ENGLISH)
    [forms] = roadmap_from(mistakes, [])
    older = [
        Node(forms.id, forms.topic, "completed"),
        Node("a", "Pronouns", "active"),
        Node("b", "Articles", "completed"),
    ]
    assert [(node.topic, node.status) for node in roadmap_from(mistakes, older)] == [
        ("Verb forms", "active"),
        ("Pronouns", "active"),
        ("Articles", "completed"),
    ]


def test_a_lesson_without_mistakes_changes_nothing() -> None:
    assert roadmap_from([], []) == []
