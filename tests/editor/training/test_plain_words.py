"""What training processes say is told in the window without words of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewright.editor.training.plain_words import in_window, too_short
from facewright.editor.training.record import Record

RUN = Path("/runs/my first")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "H has no anatomy.json: make one with Train → Make Anatomy… in the editor, or with facewright-train "
            "anatomy HEAD.obj --landmark prn=… --out /heads/v1. 2, b/anatomy.json.",
            "H has no anatomy.json: make one with Train → Make Anatomy… in the editor.",
        ),
        ("a.obj is empty (and 3 more; facewright-train heads folder:/a (b) lists them)", "a.obj is empty (and 3 more)"),
        (f"The disk is full. Go on with --resume {RUN}.", "The disk is full. Go on with Resume."),
        (
            "Memory ran out: go on with --resume and fewer --stage-points, or on another device with --device.",
            "Memory ran out: go on with Resume and fewer stage points, or on another device.",
        ),
        ("Loss is no number -- sic", "Loss is no number -- sic"),
    ],
)  # fmt: skip
def test_messages_of_commands(message: str, told: str) -> None:
    assert in_window(message, RUN) == told


def test_too_few_minutes_in_words() -> None:
    record = Record()
    record.take([{"event": "too_short", "minutes": 2, "least": 4.34, "enough": 6, "device": "cpu"}])
    assert record.too_short
    words = "2 min are too few for a head on the CPU: the fewest steps take 4.3 min. Train for 6 min or longer"
    assert words in too_short(record.too_short)
    assert "on GPU 1:" in too_short(record.too_short._replace(device="cuda:1"))
    record.take([{"event": "too_short", "minutes": "x"}])
    assert record.too_short is None
