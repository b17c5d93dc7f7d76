"""What a tool for the left button on the head has to do, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np


class Touch(NamedTuple):
    """Where the pointer meets what is drawn: point (3,) mm, head frame, and the unit way (3,) from there to the eye."""

    point: np.ndarray
    to_eye: np.ndarray


class SurfaceTool(Protocol):
    """A tool that takes hold of the surface in the camera's place."""

    def hover(self, touch: Touch | None) -> None:
        """The pointer moves over the surface, or beside it, and holds nothing."""

    def grab(self, point: np.ndarray) -> bool:
        """Take hold of the surface at a point (3,), mm, head frame; answer no to leave the button to the camera."""

    def drag(self, way: np.ndarray, touch: Touch | None) -> None:
        """The hand has moved by so much, (3,) mm, head frame, since it took hold, and is over `touch` now."""

    def release(self) -> None:
        """Let go of it."""

    def call_off(self) -> None:
        """Let go of it, and leave it as it was before it was taken hold of."""
