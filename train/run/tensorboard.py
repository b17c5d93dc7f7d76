"""A run's events as TensorBoard's: every loss term and their sum, rates, what unseen heads give, and the pace.

Written by tensorboardX, which needs protobuf alone; torch's own writer needs all of TensorBoard, with a web server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from pathlib import Path

_SCALARS = ("total", "steps_per_second", "points_per_second")


class TensorBoard:
    """Writes what it hears as scalars over steps."""

    def __init__(self, folder: Path) -> None:
        """Write to `folder`; FacewrightError if tensorboardX is not installed."""
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise FacewrightError(
                "TensorBoard's files need a package that is not installed: pip install tensorboardX, or leave "
                "--tensorboard out."
            ) from error
        self._writer = SummaryWriter(str(folder))

    def __call__(self, event: dict[str, object]) -> None:
        """Write one event, if it has figures."""
        if event["event"] == "end":
            self._writer.close()
        for group, key in (("loss", "losses"), ("held_out_mm", "mm"), ("learning_rate", "rates")):
            values = event.get(key)
            for name, value in values.items() if isinstance(values, dict) else ():
                self._writer.add_scalar(f"{group}/{name}", value, event["step"])
        for name in _SCALARS:
            if name in event:
                self._writer.add_scalar(name, event[name], event["step"])
