"""The head on the screen and in pictures: the only user of PyVista in the window."""

from facewright.editor.viewport.picture import render_png
from facewright.editor.viewport.pose import VIEWS, ViewName
from facewright.editor.viewport.widget import Viewport

__all__ = ["VIEWS", "ViewName", "Viewport", "render_png"]
