"""One head, or two: side by side, under a wipe or one over the other; always seen by the same camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.legend import Legend
from facewright.editor.viewport.overlay_shell import Outgrowth
from facewright.editor.viewport.painting import NOTHING, Painting
from facewright.editor.viewport.pose import VIEWS, Pose, framed
from facewright.editor.viewport.scene import Scene

if TYPE_CHECKING:
    import pyvista
    from PIL import Image

    from facewright.editor.viewport.display_options import Comparison
    from facewright.editor.viewport.painting import Drawable
    from facewright.editor.viewport.pose import ViewName
    from facewright.editor.viewport.snapshot import Snapshot

SHAPE = (1, 2)
"""How a plotter has to be divided to hold two panes."""

_LAYERS = 3
"""Pictures that a window draws one over the other."""


class Panes:
    """The scenes of a plotter of `SHAPE`: the head that is edited, and the one that it is compared with.

    Split, the other head is in the left half. Under a wipe it covers the head up to a share of the width: each
    scene then draws its side of one picture, through a lens shifted as far as the side is off the middle. As an
    overlay it is drawn over the head's picture, and hidden where that is nearer; there the head is tinted.
    """

    def __init__(self, plotter: pyvista.BasePlotter) -> None:
        """Both empty, the other one hidden."""
        self._plotter = plotter
        self.head, self.other = (Scene(renderer) for renderer in plotter.renderers)
        window = plotter.render_window
        assert window is not None
        window.SetNumberOfLayers(_LAYERS)
        self._outgrowth = Outgrowth(self.head.data, self.other.data, window, _LAYERS - 1)
        self._legend = Legend(plotter.renderers[0])
        self._legend.set_there(False)
        self._pose = Pose(VIEWS["three-quarter"], (0.0, 0.0, 0.0), 800.0)
        self._comparison: Comparison = "off"
        self._wipe = 0.5
        self._jitter = (0.0, 0.0)
        self._has_reference = False
        self._tints_head = False
        self._shown: Drawable | None = None
        self._is_clear = False
        self.set_display(DisplayOptions())
        self._arrange()

    @property
    def pose(self) -> Pose:
        """Where the camera stands."""
        return self._pose

    @property
    def wipe(self) -> float:
        """Share of the width that the other head covers under a wipe."""
        return self._wipe

    @property
    def aspect(self) -> float:
        """Width over height of what a whole head is seen in."""
        width, height = self._plotter.window_size
        return width / max(height, 1) / (2.0 if self._comparison == "split" else 1.0)

    def look_from(self, name: ViewName) -> None:
        """Look at the whole head from a standard direction, upright and in the middle; nothing if it is empty."""
        if len(self.head.points):
            self.stand(framed(VIEWS[name], self.head.points, self.aspect))

    def stand(self, pose: Pose) -> None:
        """Put the camera of both scenes there."""
        self._pose = pose
        self._arrange()

    def jitter(self, right: float, up: float) -> None:
        """Move the picture by so many pixels, parts of one: the mean of several such pictures has smooth edges."""
        self._jitter = (right, up)
        self._arrange()

    def set_display(self, display: DisplayOptions) -> None:
        """Draw both the same way."""
        self._comparison, self._tints_head = display.comparison, display.tints_head
        self._show_titles()
        self.other.show_as_shell(display.comparison == "overlay")
        self._legend.set_display(display)
        for scene in (self.head, self.other):
            scene.set_display(display)
        self._arrange()

    def set_reference(self, picture: Image.Image | None) -> None:
        """Show a picture behind the head that is edited, or none."""
        self._has_reference = picture is not None
        self.head.set_reference(picture)
        self._arrange()

    def set_fine(self, fine: bool) -> None:
        """Draw both well or quickly."""
        for scene in (self.head, self.other, self._outgrowth):
            scene.set_fine(fine)

    @property
    def triangles(self) -> int:
        """How many are drawn, of both heads."""
        return self.head.triangles + self.other.triangles

    def thin(self, limit: int | None) -> None:
        """Draw both heads by about so many triangles at most; by all of them if None."""
        both = self._comparison != "off" and len(self.other.points) > 0
        for scene in (self.head, self.other):
            scene.thin(limit // 2 if limit is not None and both else limit)

    def set_wipe(self, share: float) -> None:
        """Let the other head cover that share of the width."""
        self._wipe = float(np.clip(share, 0.0, 1.0))
        self._arrange()

    def show(self, snapshot: Snapshot) -> None:
        """See what someone else sees."""
        self.show_painting(snapshot.painting)
        if snapshot.other:
            self.show_other(snapshot.other)
        self.head.annotate(snapshot.annotation)
        self._pose, self._wipe = snapshot.pose, snapshot.wipe
        self.set_display(snapshot.display)

    def show_painting(self, painting: Painting) -> None:
        """Show the surface of the head that is edited, and what is marked on it."""
        self._is_clear = False
        self._show_titles()
        self._legend.set_there(painting.has_map)
        self.head.show_painting(painting)

    def clear_head(self) -> None:
        """Show nothing of that head but what it is called, until there is a painting."""
        self._is_clear = True
        self._show_titles()
        self._legend.set_there(False)
        self.head.show_painting(Painting(NOTHING))

    def clear_other(self) -> None:
        """Show nothing of the head compared with, until there is a surface of it."""
        self._shown = None
        self.other.show(NOTHING)
        self._arrange()

    def show_other(self, other: Drawable) -> None:
        """Show the surface of the head compared with."""
        if self._shown is None or not _looks_like(other, self._shown):
            self._shown = other
            self.other.show(other)

    def refit(self) -> None:
        """Bring the clipping range up to surfaces that have changed."""
        self._arrange()

    def _show_titles(self) -> None:
        self.head.show_title(self._is_clear or self._comparison != "off")

    def _arrange(self) -> None:
        if self._has_reference:
            self.head.fit_reference(self.aspect)
        self._outgrowth.set_visible(self._tints_head and len(self.other.points) > 0)
        if self._comparison == "off":
            self._place(self.head, 0.0, 1.0, 0.0)
            self.other.place(0.0, 0.0)
        elif self._comparison == "split":
            self._place(self.other, 0.0, 0.5, 0.0)
            self._place(self.head, 0.5, 1.0, 0.0)
        elif self._comparison == "overlay":
            for scene in (self.head, self.other):
                self._place(scene, 0.0, 1.0, 0.0)
            depths = [scene.depths for scene in (self.head, self.other) if len(scene.points)]
            if depths:  # the same for both, or they would not compare
                nearest, furthest = zip(*depths, strict=True)
                self.head.depths = self.other.depths = (min(nearest), max(furthest))
            self._outgrowth.stand(self.head.camera)
        else:
            for scene, left, right in ((self.other, 0.0, self._wipe), (self.head, self._wipe, 1.0)):
                width = max(right - left, 1e-6)
                self._place(scene, left, right, (left + right - 1.0) / width)

    def _place(self, scene: Scene, left: float, right: float, shift: float) -> None:
        scene.place(left, right)
        if scene is self.head:
            self._legend.fit()
        lift = 0.0
        if self._jitter != (0.0, 0.0):
            width, height = self._plotter.window_size
            across, up = self._jitter
            shift -= 2.0 * across / max((right - left) * width, 1.0)
            lift = -2.0 * up / max(height, 1)
        scene.stand(self._pose, shift, lift)


def _looks_like(one: Drawable, other: Drawable) -> bool:
    """Whether two are one mesh, both in images or neither, in the same colours."""
    if one.mesh is not other.mesh or (one.texture is None) != (other.texture is None):
        return False
    if one.colours is None or other.colours is None:
        return one.colours is other.colours
    return one.colours is other.colours or np.array_equal(one.colours, other.colours)
