"""What a training process says, for the window: without the words of its command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.editor.training.record import TooShort

_COMMAND = re.compile(r", or with facewright-train .*(?=\.$)|; facewright-train .* lists them(?=\))")
"""Another way, by a command."""

_OPTION = re.compile(r"--(?:[a-z]+\.)*([a-z][a-z-]*)")


def in_window(message: str, run: Path | None = None) -> str:
    """A message of a command as the window says it; `run` is the folder that it may name."""
    message = _COMMAND.sub("", message)
    resumed = f"--resume {run}" if run else "--resume"
    for told in dict.fromkeys((resumed, "--resume")):
        message = message.replace(f"go on with {told}", "go on with Resume").replace(told, "Resume")
    message = message.replace(" with --device", "")
    return _OPTION.sub(lambda found: found[1].replace("-", " "), message)


def device_in_words(device: str) -> str:
    """A device as torch calls it, within a sentence."""
    kind, _, number = device.partition(":")
    return "the CPU" if kind == "cpu" else f"GPU {number}" if number and number != "0" else "the GPU"


def too_short(run: TooShort) -> str:
    """That a run is too short for a head to come of it, and what is enough."""
    return (
        f"{run.minutes:.3g} min are too few for a head on {device_in_words(run.device)}: the fewest steps take "
        f"{run.least:.1f} min. Train for {run.enough} min or longer, or on a faster device."
    )
