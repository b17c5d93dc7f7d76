"""A model moves between devices while it is edited; a card that fails costs a sentence, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
import torch

from facewright.core.device import CPU, DeviceLost, DeviceUnavailable
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.desktop.settings import DEVICE
from facewright.editor.devices import use_or_cpu
from tests.editor.ellipsoid_head import EllipsoidField, EllipsoidHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.live.evaluation import HeadEvaluation
    from facewright.editor.main_window import MainWindow

CARD = torch.device("cuda", 0)


@dataclass(frozen=True, eq=False)
class HeadOnACard(EllipsoidHead):
    """An ellipsoid that believes itself on a card, which fails once it is broken."""

    device: torch.device = CARD
    broken: list[str] = field(default_factory=list)

    def field(self, parameters: Parameters, like: EllipsoidField | None = None) -> EllipsoidField:
        if self.broken and self.device != CPU:
            raise DeviceLost(self.broken[0]) from RuntimeError("CUDA error: unspecified launch failure")
        return super().field(parameters, like)


@pytest.fixture
def head() -> EllipsoidHead:
    return HeadOnACard()


@pytest.fixture(autouse=True)
def moves(monkeypatch: pytest.MonkeyPatch) -> list[tuple[torch.device, torch.device]]:
    """From where to where models were moved; a broken card cannot be read."""
    made: list[tuple[torch.device, torch.device]] = []

    def move(model: HeadModel, to: torch.device) -> HeadModel:
        head = cast("HeadOnACard", model)
        if head.broken and head.device != CPU:
            raise DeviceUnavailable("The model cannot be moved.")
        made.append((head.device, to))
        return cast("HeadModel", replace(head, device=to))

    monkeypatch.setattr("facewright.core.device._used", CARD)
    monkeypatch.setattr("facewright.editor.devices.moved", move)
    monkeypatch.setattr("facewright.editor.desktop.status_bar.torch.cuda.get_device_name", lambda device: "Card")
    return made


@pytest.fixture
def ready(qtbot: QtBot, window: MainWindow, moves: list[object]) -> MainWindow:
    """The window with a model on the card, of which the CPU has a copy."""
    qtbot.waitUntil(lambda: len(moves) == 1)
    qtbot.waitUntil(lambda: window.devices._spare is not None)
    assert window.status.device.text() == "GPU (Card)"
    return window


def is_shown(window: MainWindow) -> Callable[[], bool]:
    """Whether the head of the sliders is shown in full, on the model's device of now."""
    document = window.document
    return lambda: window.pipeline.full_mesh(document.model, document.parameters) is not None


def test_a_card_that_fails_in_a_drag_costs_a_sentence_and_nothing_else(
    qtbot: QtBot, ready: MainWindow, head: HeadOnACard
) -> None:
    document, told = ready.document, list[str]()
    failures: list[str] = []
    ready.devices.told.connect(told.append)
    ready.pipeline.failed.connect(failures.append)
    panels, points = dict(ready.panels.panels), ready.viewport.panes.head.points.copy()
    document.begin_gesture()
    commands.set_coefficient(document, "nose", 0, 1.0)
    head.broken.append("The GPU stopped answering.")
    shown: list[HeadEvaluation] = []
    ready.pipeline.computed.connect(shown.append)
    for value in (1.5, 2.0):
        commands.set_coefficient(document, "nose", 0, value)
    assert len(ready.viewport.panes.head.points) == len(points)  # the last surface stays meanwhile
    qtbot.waitUntil(lambda: document.model.device == CPU)
    commands.set_coefficient(document, "nose", 0, 2.5)
    document.end_gesture()
    qtbot.waitUntil(is_shown(ready))
    assert shown[-1].job.model.device == CPU
    assert document.parameters == Parameters(nose=(2.5,))
    assert document.undo_stack.count() == 1  # one drag
    assert told == ["The GPU stopped answering. Heads are evaluated on the CPU from now on; nothing is lost."]
    assert ready.status.currentMessage() == told[0]
    assert ready.status.device.text() == "CPU"
    assert ready.panels.panels == panels  # the slider is still under the hand
    assert failures == []
    document.undo_stack.undo()
    qtbot.waitUntil(is_shown(ready))


def test_a_head_compared_with_is_evaluated_again_on_the_cpu(qtbot: QtBot, ready: MainWindow, head: HeadOnACard) -> None:
    ready.actions_.view.compare_this.trigger()
    compared = ready.view.comparison.variant
    head.broken.append("The GPU ran out of memory.")
    ready.viewport.set_display(replace(ready.viewport.display, comparison="split"))
    qtbot.waitUntil(lambda: ready.pipeline.other is not None)
    assert ready.document.model.device == CPU
    assert ready.view.comparison.variant == compared


def test_the_settings_move_the_model_and_what_cannot_be_leaves_it_on_the_cpu(
    qtbot: QtBot, ready: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(name: str) -> torch.device:
        asked.append(name)
        if name == "auto":
            raise DeviceUnavailable("cuda cannot be used, for it is gone: choose another one, such as cpu.")
        return torch.device(name)

    monkeypatch.setattr("facewright.core.device.choose", choose)
    modified = ready.document.modified
    ready.settings[DEVICE] = "cpu"
    qtbot.waitUntil(lambda: ready.document.model.device == CPU)
    qtbot.waitUntil(is_shown(ready))
    assert ready.document.modified == modified
    told: list[str] = []
    ready.devices.told.connect(told.append)
    ready.settings[DEVICE] = "auto"
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].endswith("such as cpu. Heads are evaluated on the CPU meanwhile.")
    assert ready.document.model.device == CPU
    assert asked == ["cpu", "auto", "cpu"]


def test_a_start_with_a_device_that_is_gone_is_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewright.core.device.cuda_trouble", lambda: "there is none")
    assert "there is none" in use_or_cpu("cuda")
    assert use_or_cpu("cpu") == ""
