"""Everything that a viewport shows at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facewright.editor.viewport.annotation import Annotation

if TYPE_CHECKING:
    from facewright.editor.evaluation import Evaluation
    from facewright.editor.painting import Painting
    from facewright.editor.scan.scan_surface import ScanSurface
    from facewright.editor.viewport.look import Look
    from facewright.editor.viewport.pose import Pose


@dataclass(frozen=True, eq=False)
class Sight:
    """What is shown and from where; wipe : share of the width that the other head covers under a wipe.

    annotation : what is drawn over the head.
    """

    painting: Painting
    other: Evaluation | ScanSurface | None
    look: Look
    pose: Pose
    wipe: float
    annotation: Annotation = field(default_factory=Annotation)
