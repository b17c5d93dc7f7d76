"""A page with an evaluation's tables and pictures, in a folder of its own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.atomic_file import require_writable, write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, PARTS
from facewright.core.surface.cascade import Cascade
from facewright.train.evaluation.picture import Shot, draw, heat, png
from facewright.train.evaluation.side_by_side import FARTHEST_MM, composites, reconstructions
from facewright.train.evaluation.tables import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.train.data.heads import HeadSet
    from facewright.train.evaluation.bench import Bench
    from facewright.train.evaluation.tables import Evaluation, Table

VOXEL_MM = 1.5
SIGMA = 3.0
HIGHEST_MM = 4.0
"""The end of the error maps' colours."""

_PIXELS_PER_MM = 1.2
SHOWN = 8
"""Heads whose reconstructions are shown."""

_RANDOM_HEADS = 4
_SEED = 7

_INDEX = "index.html"
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #222 }}
table {{ border-collapse: collapse; margin: 1em 0 }} caption {{ text-align: left; font-weight: 600 }}
td, th {{ padding: .15em .8em; text-align: right; border-bottom: 1px solid #ddd }} td:first-child {{ text-align: left }}
figure {{ margin: 1em 0 }} img {{ max-width: 100% }} figcaption {{ color: #555 }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def make_folder(folder: Path) -> None:
    """Make a report's folder if need be; raises FacewrightError if it cannot be, or nothing be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FacewrightError(f"{folder} cannot be made ({error.strerror}): give another folder.") from error
    require_writable(folder / _INDEX)


class Report:
    """The page in the making; pictures are written as they are drawn."""

    def __init__(self, folder: Path, title: str) -> None:
        """Makes the folder, as `make_folder` does."""
        make_folder(folder)
        self._folder, self._title, self._body = folder, title, list[str]()
        self._pictures = 0

    def heading(self, text: str) -> None:
        """Start a section."""
        self._body.append(f"<h2>{escape(text)}</h2>")

    def text(self, text: str) -> None:
        """Add a paragraph."""
        self._body.append(f"<p>{escape(text)}</p>")

    def table(self, table: Table) -> None:
        """Add a table."""
        lines = [("", *table.columns), *table.rows]
        rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
        self._body.append(f"<table><caption>{escape(table.caption)}</caption>{rows}</table>")

    def strip(self, pictures: Sequence[np.ndarray], caption: str) -> None:
        """Add pictures (h, w, 3) uint8 of one height side by side."""
        self._pictures += 1
        name = f"{self._pictures:03d}.png"
        write_atomically(self._folder / name, png(np.concatenate(pictures, axis=1)))
        text = escape(caption)
        self._body.append(f'<figure><img src="{name}" alt="{text}"><figcaption>{text}</figcaption></figure>')

    def write(self) -> Path:
        """Write the page; raises FacewrightError if that cannot be done."""
        page = self._folder / _INDEX
        write_atomically(page, _PAGE.format(title=escape(self._title), body="\n".join(self._body)).encode())
        return page


class Gallery:
    """Pictures of a model's heads: the paper's Figures 1, 2, 7 and 8."""

    def __init__(self, model: HeadModel, heads: HeadSet) -> None:
        """heads : of whose topology the registered vertices are."""
        self._model, self.heads, self._faces = model, heads, heads.surface.faces
        self.components = model.components
        from facewright.core.surface.live import LiveSurface  # compiled by numba, which takes a second to import

        self._surface = LiveSurface(model, VOXEL_MM)  # pictures of a part follow each other: its window is all to do
        x, y, z = ((model.bounds_mm[0] + model.bounds_mm[1]) / 2.0).tolist()
        across, up, deep = (model.bounds_mm[1] - model.bounds_mm[0]).tolist()
        size = int(max(across, deep) * _PIXELS_PER_MM), int(up * _PIXELS_PER_MM)
        self._shot = Shot((x, y, z), up / 2.0, *size)

    def head(self, parameters: Parameters) -> Mesh:
        """The surface of a head."""
        return self._surface.update(parameters).mesh

    def component(self, code: CodeName, index: int) -> list[np.ndarray]:
        """Figure 1: the mean head with a component (from 0) at −3 σ and +3 σ, each from the front and the side."""
        meshes = [self.head(Parameters().with_value(code, index, value)) for value in (-SIGMA, SIGMA)]
        return [draw(mesh, self._shot, view) for mesh in meshes for view in ("front", "side")]

    def random_parts(self, head: Parameters, code: CodeName, rng: np.random.Generator) -> list[np.ndarray]:
        """Figure 7: a head, and the same head with random codes of one part."""
        drawn = [head.with_random(code, self._model.components[code], rng) for _ in range(_RANDOM_HEADS)]
        return [draw(self.head(parameters), self._shot) for parameters in (head, *drawn)]

    def interpolation(
        self, a: Parameters, vertices: np.ndarray, b: Parameters, steps: int, order: Iterable[CodeName] = PARTS
    ) -> Iterable[tuple[CodeName, list[np.ndarray], list[np.ndarray]]]:
        """Figures 2 and 8: from head a to b part by part; for each part its faces and their error maps.

        vertices : (V, 3) mm, registered, of a. A map shows how far every point has moved since the part's turn began.
        """
        cascade = Cascade(self._model, a)
        template = cascade.to_template(vertices)
        for code in order:
            start = vertices
            faces, maps = [], []
            for step in range(1, steps + 1):
                current = a.toward(b, code, step / steps)
                vertices = Cascade(self._model, current).from_template(template, vertices)
                moved = np.linalg.norm(vertices - start, axis=1)
                faces.append(draw(self.head(current), self._shot))
                colours = heat(moved, HIGHEST_MM)
                maps.append(draw(Mesh(vertices, self._faces), self._shot, colours=colours))
            yield code, faces, maps
            a = a.with_code(code, b.code(code))


def write_report(
    folder: Path,
    evaluation: Evaluation,
    gallery: Gallery,
    bench: Bench,
    components: int,
    drawn: Callable[[], object],
) -> Path:
    """Write the page and return where it is.

    bench : the fitted heads, of which a model without correspondence shows components and reconstructions alone;
    components : so many of each code are shown at ±3 σ; `drawn` is called after every row of pictures. Raises
    FacewrightError if it cannot be written.
    """
    facts = evaluation.facts
    report = Report(folder, f"Evaluation of {facts['model']} on {facts['data']}")
    report.heading("Figures")
    for table in evaluation.tables():
        report.table(table)
    report.heading("Reconstructions of unseen heads")
    made = "; ".join(f"{name}, and its distance from the true surface, 0 to {FARTHEST_MM:g} mm" for name in bench.names)
    for shown in bench.shown(SHOWN):
        report.strip(reconstructions(shown), f"{shown.name}: the true head; {made}")
        drawn()
    _draw_composites(report, gallery)
    report.heading("Components at ±3 σ")
    for code in CODES:
        for index in range(min(components, gallery.components[code])):
            report.strip(gallery.component(code, index), f"{code} {index + 1}: −3 σ and +3 σ, front and side")
            drawn()
    if neutral := bench.neutral(MODEL):
        _draw_parts(report, gallery, neutral, drawn)
    return report.write()


def _draw_composites(report: Report, gallery: Gallery) -> None:
    """Figure 4."""
    report.heading("Composites")
    rows = composites(gallery.heads)
    for caption, pictures in rows:
        report.strip(pictures, caption)
    if not rows:
        report.text("One subject alone has nobody to swap parts with.")


def _draw_parts(
    report: Report,
    gallery: Gallery,
    neutral: Sequence[tuple[Parameters, np.ndarray]],
    drawn: Callable[[], object],
) -> None:
    """Figures 2, 7 and 8, from fitted neutral heads and their registered vertices (V, 3), mm."""
    report.heading("Random parts of an unseen head")
    (first, vertices), rng = neutral[0], np.random.default_rng(_SEED)
    for code in PARTS:
        report.strip(gallery.random_parts(first, code, rng), f"{code}: the fitted head, then random codes")
        drawn()
    report.heading("From one unseen head to another, part by part")
    if len(neutral) < 2:
        report.text("One subject alone has no other to go to.")
        return
    for code, faces, maps in gallery.interpolation(first, vertices, neutral[-1][0], steps=3):
        report.strip(faces, f"{code}: a third, two thirds and all of the way")
        report.strip(maps, f"{code}: movement of every point since then, 0 to {HIGHEST_MM:g} mm")
        drawn()
