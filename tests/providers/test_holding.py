"""Folders that one works on at a time."""

from pathlib import Path

from providers.holding import held, is_held


def test_a_folder_is_held_once(tmp_path: Path) -> None:
    with held(tmp_path) as first, held(tmp_path) as second:
        assert (first, second, is_held(tmp_path)) == (True, False, True)
    with held(tmp_path) as third:
        assert third
    assert not is_held(tmp_path)


def test_a_folder_that_is_gone_is_held_by_nobody(tmp_path: Path) -> None:
    with held(tmp_path / "gone") as is_ours:
        assert not is_ours
    assert not is_held(tmp_path / "gone")
