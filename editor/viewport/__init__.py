"""The head on the screen and in pictures: the only user of PyVista in the window."""

from editor.viewport.picture import render_png
from editor.viewport.pose import VIEWS, ViewName
from editor.viewport.widget import Viewport

__all__ = ["VIEWS", "ViewName", "Viewport", "render_png"]
