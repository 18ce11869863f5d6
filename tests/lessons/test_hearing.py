"""Who is heard where is said only where it is certain."""

import pytest

from lessons.capture import STUDENT_ALONE, TUTOR_ALONE
from lessons.hearing import student_channel_of

LEFT, RIGHT, BOTH = "AUDIO_CHANNEL_LEFT", "AUDIO_CHANNEL_RIGHT", "AUDIO_CHANNEL_BOTH"
Routes = list[tuple[str, str]]


@pytest.mark.parametrize(
    ("routes", "channel"),
    [
        ([("tutor-1", LEFT), ("student-1", RIGHT)], 1),
        ([("student-1", "1"), ("tutor-1", "2")], 0),
        ([], None),
        ([("tutor-1", BOTH), ("student-1", RIGHT)], None),
        ([("tutor-1", ""), ("student-1", "")], None),
        ([("tutor-1", RIGHT), ("student-1", RIGHT)], None),
        ([("student-1", RIGHT)], None),
        ([("tutor-1", LEFT), ("student-1", RIGHT), ("guest", LEFT)], None),
        ([("agent", LEFT), ("student-1", RIGHT)], None),
        ([("student-2", LEFT), ("student-1", RIGHT)], None),
    ],
)
def test_the_student_is_on_one_side_where_the_tutor_alone_is_on_the_other(routes: Routes, channel: int | None) -> None:
    assert student_channel_of("lessons/b1/RM_1/one.mp4", routes) == channel


@pytest.mark.parametrize(
    ("key", "identity", "channel"),
    [
        ("lessons/b1/RM_1/tutor-1/t.ogg", "", TUTOR_ALONE),
        ("lessons/b1/RM_1/student-1/s.ogg", "", STUDENT_ALONE),
        ("lessons/b1/RM_1/one.mp4", "student-1", STUDENT_ALONE),
        ("lessons/b1/RM_1/one.mp4", "guest", None),
        ("lessons/b1/RM_1/student-1.mp4", "", None),
        ("lessons/b1/RM_1/one.mp4", "", None),
    ],
)
def test_a_file_of_one_person_alone_is_known_by_its_folder_and_by_its_request(
    key: str, identity: str, channel: int | None
) -> None:
    assert student_channel_of(key, identity=identity) == channel
