"""Pictures of the pages are written small; what goes wrong is one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - tyro reads it

import numpy as np
import pytest
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.editor.page_picture import run, write_picture


def test_a_picture_keeps_seven_bits_of_each_colour(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    write_picture(tmp_path / "a.png", Image.fromarray(pixels))
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), pixels & 0xFE)


@dataclass(frozen=True)
class Asked:
    """What a script is asked for."""

    out: Path


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (FacewrightError("There is no head to draw: give one."), 1, "error: There is no head to draw: give one.\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_cannot_be_drawn_or_is_called_off_ends_without_a_traceback(
    error: BaseException,
    status: int,
    told: str,
    qapp: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def draw(asked: Asked) -> Image.Image:
        raise error

    monkeypatch.setattr("sys.argv", ["picture", "--out", str(tmp_path / "a.png")])
    assert run("picture", Asked, draw) == status
    assert capsys.readouterr().err == told
    assert not list(tmp_path.iterdir())
