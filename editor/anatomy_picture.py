"""Draw ICT-FaceKit's anatomy for a person to judge: python -m editor.anatomy_picture ict:FOLDER [--out FILE]."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyvista as pv
import tyro

from facewright.core.anatomy import bundled_anatomy
from facewright.core.errors import exit_status
from facewright.editor.viewport.colours import component_colours
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.anatomy.outlines import OUTLINES
from facewright.train.data.ict_facekit import read_neutral
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from facewright.core.anatomy import Anatomy

_STAGES = {"expression": "crimson", "nose": "darkgreen", "eyes": "saddlebrown", "mouth": "navy", "remainder": "purple"}
_VIEWS = ((0.0, 0.0, 1.0), (-0.7, 0.1, 0.75), (-1.0, 0.0, 0.0), (0.0, -0.75, 0.65))
"""Directions from the head to the camera: front, three-quarter, right side, from below."""

_DISTANCES = ((145.0, (0.0, 5.0, 20.0)), (62.0, (0.0, 2.0, 100.0)))
"""Half the height that is seen and its middle, mm: the head, the face."""


def draw_anatomy(anatomy: Anatomy, surface: ClosedSurface, vertices: np.ndarray, file: Path) -> None:
    """Parts, rims (dark) and collars (pale) in colour; stage landmarks as dots, anthropometric ones small and black.

    vertices : (V, 3) mm, the closed neutral head. The outlines that define the parts are drawn as black lines.
    """
    mesh = pv.PolyData.from_regular_faces(vertices, surface.faces)
    mesh["colour"] = _colours(anatomy, surface)
    curves = [_on_surface(outline.curve(), mesh) for outline in OUTLINES]
    plotter = pv.Plotter(shape=(len(_DISTANCES), len(_VIEWS)), off_screen=True, window_size=[1600, 1000], border=False)
    for row, (height, focus) in enumerate(_DISTANCES):
        for column, view in enumerate(_VIEWS):
            plotter.subplot(row, column)
            plotter.background_color = pv.Color("white")
            plotter.add_mesh(mesh, scalars="colour", rgb=True, smooth_shading=True, split_sharp_edges=True)
            for curve in curves:
                plotter.add_mesh(curve, color="black", line_width=2)
            for stage, landmarks in surface.landmarks.items():
                _add_dots(plotter, vertices[landmarks], _STAGES[stage], 10)
            _add_dots(plotter, vertices[list(surface.points.values())], "black", 5)
            plotter.camera.focal_point = focus
            plotter.camera.position = (np.array(focus) + 600.0 * np.array(view)).tolist()
            plotter.camera.up = (0.0, 1.0, 0.0)
            plotter.camera.parallel_projection = True
            plotter.camera.parallel_scale = height
    plotter.screenshot(filename=str(file))
    plotter.close()


def _colours(anatomy: Anatomy, surface: ClosedSurface) -> np.ndarray:
    """Colour of every closed vertex, (V, 3) uint8."""
    return component_colours(
        surface.vertex_count,
        [
            (component.part, surface.component == index, surface.rims[index], surface.collars[index])
            for index, component in enumerate(anatomy.components)
        ],
    )


def _add_dots(plotter: pv.Plotter, points: np.ndarray, colour: str, size: int) -> None:
    """Draw points (n, 3) mm as dots of `size` pixels."""
    plotter.add_mesh(pv.PolyData(points), color=colour, point_size=size, render_points_as_spheres=True)


def _on_surface(lines: tuple[np.ndarray, np.ndarray], mesh: pv.PolyData) -> pv.PolyData:
    """A curve on the mesh: where rays from points (n, 3) mm along directions (n, 3) meet it last, just above it."""
    hits = []
    for start, direction in zip(*lines, strict=True):
        met, _ = mesh.ray_trace(start + 60.0 * direction, start - 60.0 * direction, first_point=False)
        if len(met):
            hits.append(met[np.argmax(met @ direction)] + 0.3 * direction)
    return pv.lines_from_points(np.array(hits))


@dataclass(frozen=True)
class Arguments:
    """Draw the bundled anatomy of ICT-FaceKit's topology on its neutral head."""

    source: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    out: Path = Path("resources/pictures/anatomy.png")
    """The picture to write."""


def draw(arguments: Arguments) -> None:
    """Read the topology's neutral head and draw it; FacewrightError if it cannot be read."""
    positions, polygons, _ = read_neutral(ict_folder(arguments.source))
    anatomy = bundled_anatomy("ict_facekit")
    surface = ClosedSurface.build(anatomy, polygons, positions)
    draw_anatomy(anatomy, surface, surface.close(positions), arguments.out)


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: draw(tyro.cli(Arguments, prog="python -m editor.anatomy_picture")))


if __name__ == "__main__":
    sys.exit(main())
