"""Words for the sliders: measured while nothing else is computed, and once on a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES
from facewright.core.traits import TRAITS
from facewright.editor.panels.component_words import ComponentWords
from tests.core.test_traits import face
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[CodeName, int]]:
    """What was measured: components that each move one trait, by a millimetre."""
    calls: list[tuple[CodeName, int]] = []

    def measure(model: HeadModel, code: CodeName, index: int) -> np.ndarray:
        calls.append((code, index))
        return np.eye(len(TRAITS[code]))[index]

    monkeypatch.setattr("facewright.editor.panels.component_words.measure_component", measure)
    monkeypatch.setattr(
        "facewright.editor.panels.component_words._cache", lambda model: tmp_path / f"{model.fingerprint}.json"
    )
    return calls


def words_of(qtbot: QtBot, model: HeadModel) -> dict[str, list[str]]:
    """All that is said of a model."""
    told: dict[str, list[str]] = {}
    words = ComponentWords()
    words.described.connect(told.__setitem__)
    words.measure(model, 3)
    words.hold(False)
    qtbot.waitUntil(lambda: len(told) == len(CODES))
    words.close()
    return told


def test_components_are_measured_once_and_remembered(qtbot: QtBot, measured: list[object], tmp_path: Path) -> None:
    model = cast("HeadModel", EllipsoidHead(points=face()))
    told = words_of(qtbot, model)
    assert told["nose"] == [trait.more for trait in TRAITS["nose"][:3]]
    assert len(measured) == 3 * len(CODES)
    measured.clear()
    assert words_of(qtbot, model) == told
    assert not measured
    (tmp_path / f"{model.fingerprint}.json").write_text("{not json")
    assert words_of(qtbot, model) == told


def test_nothing_is_measured_while_it_is_held_or_without_landmarks(qtbot: QtBot, measured: list[object]) -> None:
    words = ComponentWords()
    words.measure(cast("HeadModel", EllipsoidHead(points=face())), 3)
    words.measure(cast("HeadModel", EllipsoidHead(points={"prn": np.zeros(3)})), 3)
    words.hold(False)
    words.close()
    assert not measured


def test_a_code_that_cannot_be_measured_is_told_and_the_others_are_described(
    qtbot: QtBot, measured: list[tuple[CodeName, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(model: HeadModel, code: CodeName, index: int) -> np.ndarray:
        if code == "eyes":
            raise FacewrightError("There are no eyes.")
        return np.eye(len(TRAITS[code]))[index]

    monkeypatch.setattr("facewright.editor.panels.component_words.measure_component", measure)
    words, told, failures = ComponentWords(), list[str](), list[str]()
    words.described.connect(lambda code, texts: told.append(code))
    words.failed.connect(failures.append)
    words.measure(cast("HeadModel", EllipsoidHead(points=face())), 3)
    words.hold(False)
    qtbot.waitUntil(lambda: len(told) == len(CODES) - 1)
    words.close()
    assert "eyes" not in told
    assert failures == ["Eyes: what its sliders do could not be measured, so they are numbered. There are no eyes."]
