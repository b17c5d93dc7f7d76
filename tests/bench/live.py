"""How fast the surface follows a slider: `python tests/bench/live.py --json FILE`.

All of it takes some minutes; `--only parts`, `first`, `whole`, `fresh` or `dense` measures a section, with
`--frames 30` in half a minute each but the last, and adds its figures to those that FILE has.

Every part's slider is dragged along one path, frame by frame, from the new value to the finished mesh, as the editor
does it: SDFNet is interpolated meanwhile (`median_ms`, and `exact_ms` of the same drag without). The first step of the
drag, which parts the mesh, is told apart (`first_ms`), and so is what it takes to be exact when the hand rests
(`rest_ms`). First steps are then taken by turns, of each part after another one and a surface at rest
(`first.<part>.median_ms`, `worst_ms`; where all was made ready for it `ready_median_ms`, `ready_worst_ms`). The
remainder and the expression are dragged likewise, to a coarse mesh and to a full one (`coarse_ms`, `full_ms`, and
without interpolating `coarse_exact_ms`, `full_exact_ms`). Then a head is evaluated from nothing, by the network alone
(`whole.head.full_ms`) and as a moving hand sees it (`whole.head.draft_ms`). What is interpolated is a table, which is
ready by then; making it, or reading it from the disk, took `table_s`. In the same run the network is evaluated at every
sample of the grid and meshed by one call of marching cubes, as is usual for implicit heads (`dense_ms`); and so is our
own compiled field (`dense_compiled_ms`), which tells how much of the ratio is due to the samples left out.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import torch
import tyro
from skimage.measure import marching_cubes

from facewright.core.device import best
from facewright.core.field.workers import allowed_cores
from facewright.core.model.model_file import bundled_model, load
from facewright.core.network.jet import Jet
from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS
from facewright.core.surface.extraction import head_mesh
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.sampling import Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.core.surface.sampling import Distance

COARSE_MM = 5.0
"""Voxel of the coarse mesh that whole-head edits show first."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    model: Path | None = None
    """Model file; the bundled one if not given."""
    json: Path | None = None
    """Where to write the figures."""
    voxel_mm: float = 1.5
    """Voxel of the full mesh."""
    frames: int = 120
    """Steps of a drag."""
    quick: bool = False
    """A few frames, and the dense evaluation timed on every 256th sample and scaled up."""
    only: Literal["parts", "first", "whole", "fresh", "dense"] | None = None
    """Measure this section alone."""


def timed_ms(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def path(frames: int) -> np.ndarray:
    """The values (frames,) in σ of one slider under a hand: up to 3, down to −3 and back, slowest at the turns."""
    return 3.0 * np.sin(np.linspace(0.0, 2.0 * np.pi, frames))


class Drag(NamedTuple):
    """Milliseconds (frames,) of the steps of a drag, points (frames,) that each asked for, and of the rest after it."""

    steps: list[float]
    points: list[int]
    rest: float


def drag(surface: LiveSurface, code: CodeName, frames: int, *, draft: bool = False) -> Drag:
    """A drag of a code's first slider, starting from the mean head."""
    surface.update(Parameters())
    times, points = [], []
    for value in path(frames + 1)[1:]:
        head = Parameters().with_value(code, 0, float(value))
        times.append(timed_ms(lambda head=head: surface.update(head, draft=draft)))  # type: ignore[misc]
        points.append(surface.evaluated)
    return Drag(times, points, timed_ms(lambda: surface.update(head)))


def part_figures(surface: LiveSurface, part: CodeName, frames: int) -> dict[str, float]:
    """Figures of one part's drags."""
    drafts, exact = (drag(surface, part, frames, draft=draft) for draft in (True, False))
    return {
        "first_ms": drafts.steps[0],
        "median_ms": float(np.median(drafts.steps[1:])),
        "p95_ms": float(np.percentile(drafts.steps[1:], 95)),
        "rest_ms": drafts.rest,
        "exact_ms": float(np.median(exact.steps[1:])),
        "points": float(np.median(drafts.points)),
    }


def from_nothing_ms(model: HeadModel, voxel_mm: float, *, draft: bool) -> float:
    """A head of a surface that has seen none before; for a draft its model's table is there already."""
    fresh = [LiveSurface(model, voxel_mm) for _ in range(3)]
    return float(np.median([timed_ms(lambda s=s: s.update(Parameters(), draft=draft)) for s in fresh]))  # type: ignore[misc]


def network_distance(model: HeadModel) -> Distance:
    """The mean head's distance as the network itself gives it: torch, every stage at every point, all cores."""
    with torch.inference_mode():
        stages = model.network.condition(model.codes(Parameters()))
    cores, chunk = (allowed_cores(), 1024) if model.device.type == "cpu" else (1, 65_536)  # what measured fastest
    pool = ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,))

    @torch.inference_mode()
    def evaluate(points: torch.Tensor) -> torch.Tensor:
        jet = Jet.points(points[None].to(model.device), derivatives=False)
        return model.network(jet, stages).value[0, :, 0].cpu()

    def distance(points: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(model.frame.to_network(points)).split(chunk)
        return torch.cat(list(pool.map(evaluate, parts))).numpy() * np.float32(model.frame.radius_mm)

    return distance


def dense_ms(distance: Distance, grid: Grid, every: int) -> float:
    """Time of one dense evaluation; with `every` above 1 that of a part of the samples, scaled up."""
    flat = np.arange(0, np.prod(grid.shape), every)
    values = np.empty(len(flat), np.float32)

    def evaluate() -> None:
        for start in range(0, len(flat), 1 << 18):
            indices = np.column_stack(np.unravel_index(flat[start : start + (1 << 18)], grid.shape))
            values[start : start + len(indices)] = distance(grid.points(indices))

    total = timed_ms(evaluate) * every
    if every == 1:
        total += timed_ms(lambda: marching_cubes(values.reshape(grid.shape), 0.0))
    return total


def whole_head(model: HeadModel, every: int) -> dict[str, float]:
    """A whole head from nothing, against the network at every sample, and against our own field at every sample."""
    figures: dict[str, float] = {}
    for suffix, voxel_mm in (("", 1.5), ("_1mm", 1.0)):
        grid = Grid.covering(model.bounds_mm, voxel_mm)
        sparse = min(timed_ms(lambda v=voxel_mm: head_mesh(model, Parameters(), v)) for _ in range(3))  # type: ignore[misc]
        dense = dense_ms(network_distance(model), grid, every)
        ours = dense_ms(model.field(Parameters()).distance, grid, every)
        figures |= {
            f"sparse_ms{suffix}": sparse,
            f"dense_ms{suffix}": dense,
            f"dense_ratio{suffix}": dense / sparse,
            f"dense_compiled_ms{suffix}": ours,
            f"dense_compiled_ratio{suffix}": ours / sparse,
        }
    return figures


def first_steps(surface: LiveSurface, turns: int) -> dict[str, dict[str, float]]:
    """First steps of drags, each of another part than the one before and after the surface was seen at rest.

    At once, and after all was made ready for them.
    """
    times: dict[CodeName, dict[str, list[float]]] = {part: {"": [], "ready_": []} for part in LOCAL_PARTS}
    head = Parameters()
    surface.update(head)
    for turn in range(2 * turns * len(LOCAL_PARTS)):
        part, ready = LOCAL_PARTS[turn % len(LOCAL_PARTS)], turn >= turns * len(LOCAL_PARTS)
        surface.refined()
        if ready:
            surface.make_ready()
        head = head.with_value(part, turn % 4, -1.0 if turn % 2 else 1.0)
        taken = timed_ms(partial(surface.update, head, draft=True))
        times[part]["ready_" if ready else ""].append(taken)
    return {
        part: {f"{kind}{name}_ms": float(of(own)) for kind, own in kinds.items() for name, of in _OF.items()}
        for part, kinds in times.items()
    }


_OF: dict[str, Callable[[list[float]], float]] = {"median": np.median, "worst": max}


def whole_edits(surface: LiveSurface, coarse: LiveSurface, frames: int) -> dict[str, dict[str, float]]:
    """Drags of what moves the whole head."""
    codes: tuple[CodeName, ...] = ("remainder", "expression")
    return {
        code: {
            f"{detail}{suffix}": float(np.median(drag(own, code, frames, draft=draft).steps))
            for detail, own in (("coarse", coarse), ("full", surface))
            for suffix, draft in (("_ms", True), ("_exact_ms", False))
        }
        for code in codes
    }


def measure(model: HeadModel, options: Options) -> dict[str, object]:
    """All figures, or a section's, by the names that the JSON file has them under."""
    frames, every = (9, 256) if options.quick else (options.frames, 1)
    full = LiveSurface(model, options.voxel_mm)
    full.update(Parameters())
    figures: dict[str, object] = {"device": str(model.device), "voxel_mm": options.voxel_mm, "frames": frames}
    figures["table_s"] = timed_ms(full.prepare) / 1e3
    for part in LOCAL_PARTS:  # compiles, if nothing has before; the first drag then follows another part's
        full.update(Parameters().with_value(part, 0, 0.1), draft=True)

    def wanted(section: str) -> bool:
        return options.only in (None, section)

    if wanted("parts"):
        figures["parts"] = {part: part_figures(full, part, frames) for part in LOCAL_PARTS}
    if wanted("first"):
        figures["first"] = first_steps(full, 1 + frames // 30)
    whole: dict[str, object] = {}
    if wanted("whole"):
        whole |= whole_edits(full, LiveSurface(model, COARSE_MM), max(3, frames // 12))
    if wanted("fresh"):
        kinds = {"full_ms": False, "draft_ms": True}
        whole["head"] = {name: from_nothing_ms(model, options.voxel_mm, draft=d) for name, d in kinds.items()}
    if whole:
        figures["whole"] = whole
    return figures | ({"dense_every": every} | whole_head(model, every) if wanted("dense") else {})


def added(figures: dict[str, object], file: Path) -> dict[str, object]:
    """The figures of a file, if it is there, and these."""
    before: dict[str, object] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for name, value in figures.items():
        own = before.get(name)
        before[name] = own | value if isinstance(own, dict) and isinstance(value, dict) else value
    return before


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    figures = measure(load(options.model or bundled_model(), best()), options)
    if options.only and options.json:
        figures = added(figures, options.json)
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
