"""Draw an anatomy on its closed neutral head, for a person to judge: python -m train.make_anatomy --picture FILE."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyvista as pv

from train.outlines import OUTLINES

if TYPE_CHECKING:
    from pathlib import Path

    from core.anatomy import Anatomy
    from train.closed_surface import ClosedSurface

_SKIN = (226, 214, 204)
_PARTS = {"nose": (113, 184, 118), "eyes": (240, 168, 92), "mouth": (112, 152, 219)}
_STAGES = {"expression": "crimson", "nose": "darkgreen", "eyes": "saddlebrown", "mouth": "navy", "remainder": "purple"}
_VIEWS = ((0.0, 0.0, 1.0), (-0.7, 0.1, 0.75), (-1.0, 0.0, 0.0), (0.0, -0.75, 0.65))
"""Directions from the head to the camera: front, three-quarter, right side, from below."""


def draw_anatomy(anatomy: Anatomy, surface: ClosedSurface, vertices: np.ndarray, file: Path) -> None:
    """Parts, rims (dark) and collars (pale) in colour, stage landmarks as dots, anthropometric ones small and black.

    vertices : (V, 3) mm, the closed neutral head. The outlines that define the parts are drawn as black lines.
    """
    colours = np.tile(np.array(_SKIN, dtype=float), (surface.vertex_count, 1))
    for index, component in enumerate(anatomy.components):
        part = np.array(_PARTS[component.part], dtype=float)
        colours[surface.collars[index]] = 0.35 * part + 0.65 * np.array(_SKIN)
        colours[surface.component == index] = part
        colours[surface.rims[index]] = 0.75 * part
    mesh = pv.PolyData.from_regular_faces(vertices, surface.faces)
    mesh["colour"] = colours.astype(np.uint8)
    curves = [_on_surface(outline.curve(), mesh) for outline in OUTLINES]
    plotter = pv.Plotter(shape=(2, 4), off_screen=True, window_size=[2400, 1500], border=False)
    plotter.set_background("white")
    for row, (height, focus) in enumerate(((145.0, np.array([0.0, 5.0, 20.0])), (62.0, np.array([0.0, 2.0, 100.0])))):
        for column, view in enumerate(_VIEWS):
            plotter.subplot(row, column)
            plotter.add_mesh(mesh, scalars="colour", rgb=True, smooth_shading=True)
            for curve in curves:
                plotter.add_mesh(curve, color="black", line_width=2)
            for stage, landmarks in surface.landmarks.items():
                plotter.add_points(vertices[landmarks], color=_STAGES[stage], point_size=13, render_points_as_spheres=True)
            small = vertices[list(surface.points.values())]
            plotter.add_points(small, color="black", point_size=7, render_points_as_spheres=True)
            plotter.camera_position = [focus + 600.0 * np.array(view), focus, (0.0, 1.0, 0.0)]
            plotter.camera.parallel_projection = True
            plotter.camera.parallel_scale = height
    plotter.screenshot(str(file))
    plotter.close()


def _on_surface(lines: tuple[np.ndarray, np.ndarray], mesh: pv.PolyData) -> pv.PolyData:
    """A curve on the mesh: where rays from points (n, 3) mm along directions (n, 3) meet it last, just above it."""
    hits = []
    for start, direction in zip(*lines, strict=True):
        met, _ = mesh.ray_trace(start + 60.0 * direction, start - 60.0 * direction, first_point=False)
        if len(met):
            hits.append(met[np.argmax(met @ direction)] + 0.3 * direction)
    return pv.lines_from_points(np.array(hits))
