"""Everything that a viewport shows at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facewright.editor.viewport.annotation import Annotation

if TYPE_CHECKING:
    from facewright.editor.viewport.display_options import DisplayOptions
    from facewright.editor.viewport.painting import Drawable, Painting
    from facewright.editor.viewport.pose import Pose


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is shown and from where.

    other : the head compared with, the last one until there is another; wipe : share of the width that it covers under
    a wipe; annotation : what is drawn over the head.
    """

    painting: Painting
    other: Drawable | None
    display: DisplayOptions
    pose: Pose
    wipe: float
    annotation: Annotation = field(default_factory=Annotation)
