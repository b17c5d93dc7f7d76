"""What the colours of the displacement map mean, in the picture itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor

from facewright.editor.viewport.colours import displacement_colours
from facewright.editor.viewport.text_room import line_size

if TYPE_CHECKING:
    import pyvista

    from facewright.editor.viewport.display_options import DisplayOptions

_SHADES = 255
_TITLE = {"displacement": "+ outside, − inside the other head", "residual": "scan + outside, − inside the fit"}
"""Which sign is which."""
_LIGHT_INK, _DARK_INK = (0.85, 0.86, 0.87), (0.13, 0.14, 0.15)
_LEFT_PIXELS, _WIDTH_PIXELS, _LEFT_SHARE = 28, 260, 0.1
"""Room at the left, for half of the least number; the bar's width; the same room's share of a narrow pane."""
_FONT_PIXELS, _TITLE_OFFSET_PIXELS, _EDGE_PIXELS = 15, -5, 4
"""Size of the text; of the title's line from where VTK puts it, on top of the numbers: up is negative; and clear of
the pane's edges."""


class Legend:
    """A bar of the map's colours with its range in mm."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """Hidden until a map is shown."""
        self._is_map, self._is_there = False, True
        self._table = vtkLookupTable()
        self._table.SetNumberOfTableValues(_SHADES)
        self._bar = vtkScalarBarActor()
        self._bar.SetLookupTable(self._table)
        self._bar.SetNumberOfLabels(3)
        self._bar.SetLabelFormat("{:.3g}")
        self._bar.SetUnconstrainedFontSize(True)
        self._bar.SetMaximumNumberOfColors(_SHADES)
        self._bar.SetOrientationToHorizontal()  # below the head, which fills the width of half a window
        self._bar.SetHeight(0.1)
        self._bar.SetVerticalTitleSeparation(4)
        self._bar.GetTitleTextProperty().SetLineOffset(_TITLE_OFFSET_PIXELS)
        self._bar.SetBarRatio(0.25)
        renderer.AddViewProp(self._bar)
        self._renderer = renderer
        self.fit()

    def fit(self) -> None:
        """Fit it into the pane: a share of a narrow one would cut the numbers, and a long title is written smaller."""
        width = max(self._renderer.GetSize()[0], 1)
        left = min(_LEFT_PIXELS / width, _LEFT_SHARE)
        self._bar.SetPosition(left, 0.01)
        self._bar.SetWidth(min(_WIDTH_PIXELS / width, 1.0 - 2.0 * left))
        title = self._bar.GetTitleTextProperty()
        title.SetFontSize(_FONT_PIXELS)
        needed = line_size(title, self._bar.GetTitle() or "", self._renderer)[0] + 2 * _EDGE_PIXELS
        title.SetFontSize(int(_FONT_PIXELS * min(1.0, width / needed)))

    def set_there(self, there: bool) -> None:
        """Whether what is drawn has a map: of a head without a scan there is no residual, whatever is chosen."""
        self._is_there = there
        self._bar.SetVisibility(self._is_map and there)

    def set_display(self, display: DisplayOptions) -> None:
        """Show the bar for a map, with its range and in an ink that can be read."""
        self._is_map = display.is_map
        self.set_there(self._is_there)
        self._bar.SetTitle(f"{_TITLE.get(display.colouring, '')}, {display.unit}")
        end = display.map_range_mm
        self._table.SetTableRange(-end, end)
        shades = displacement_colours(np.linspace(-end, end, _SHADES), end) / 255.0
        for index, (red, green, blue) in enumerate(shades.tolist()):
            self._table.SetTableValue(index, red, green, blue, 1.0)
        for text in (self._bar.GetTitleTextProperty(), self._bar.GetLabelTextProperty()):
            text.SetColor(*(_LIGHT_INK if display.dark else _DARK_INK))
            text.SetFontSize(_FONT_PIXELS)
            text.ItalicOff()
            text.ShadowOff()
            text.BoldOff()
        self.fit()
