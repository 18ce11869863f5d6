import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from studio.configuration import read_settings
from studio.settings import Settings


@pytest.fixture
def home(open_folder: Path) -> Path:
    """A folder for an embedded studio, not there yet."""
    parent = Path(tempfile.mkdtemp(dir=open_folder))
    parent.chmod(0o711)
    return parent / "studio"


@pytest.fixture
def whole(home: Path, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of an embedded studio in a home of its own, with what is chosen besides."""

    def chosen(**named: object) -> Settings:
        return read_settings(tmp_path / "no.env", home=home, **named)

    return chosen


@pytest.fixture
def own(whole: Callable[..., Settings], temporal_server: str) -> Callable[..., Settings]:
    """The same without a Temporal server of its own, which would take a second to stop."""
    return partial(whole, temporal={"address": temporal_server})
