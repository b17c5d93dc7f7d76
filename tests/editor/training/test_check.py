"""What the dialog says of heads before it starts a run: what the command says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.editor.training.check import PreflightCheck
from facewright.train.config import TrainConfig
from facewright.train.data.file_heads import too_few
from tests.train.plain_head import folder_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_too_few_subjects_are_told_as_by_the_command(qtbot: QtBot, tmp_path: Path) -> None:
    source = folder_of(18, range(1), tmp_path / "heads")
    check = PreflightCheck()
    with qtbot.waitSignal(check.failed, timeout=60_000) as told:
        check.display(TrainConfig(data=source, device="cpu", steps=10), tmp_path / "run")
    assert told.args == [str(too_few(source, 1)), None]
