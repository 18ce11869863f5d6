"""Lessons that began with an earlier version go on with this one."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.workflows.record_histories import ROOMS, WAYS
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.reconcile import ReconcileWorkflow
from workflows.record_lesson import RecordLessonWorkflow

WORKFLOWS = (ProcessLessonWorkflow, RecordLessonWorkflow, ReconcileWorkflow)
HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


@pytest.mark.parametrize("recorded", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(recorded: Path) -> None:
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)
    await replayer.replay_workflow(WorkflowHistory.from_json(recorded.stem, recorded.read_text()))


def test_every_way_a_lesson_can_go_has_a_history() -> None:
    assert {path.stem for path in HISTORIES} >= {*WAYS, *ROOMS}
