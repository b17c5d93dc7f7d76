"""What a graphics card does for the surface and for training: `python -m tests.bench.gpu --json FILE`.

Parts are dragged and whole heads changed at 1.5, 1 and 0.75 mm, from the new value to the finished arrays on the host;
one update of each is traced, for what is launched and what crosses between card and host; the meshes are held against
the CPU's; then training is timed, phase by phase. Under five minutes; needs no window. Exit status 3: no such device.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import tyro
from torch.profiler import ProfilerActivity, profile

from facewright.core.device import CPU, DeviceUnavailable, choose, moved
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS, PARTS
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.on_device.surface import DeviceSurface
from facewright.core.surface.sampling import Grid
from tests.core.edge_order import off_the_surface
from tests.core.same_mesh import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.surface.patched_mesh import Surface

NO_DEVICE = 3
_DRAWN = 10
"""Random heads."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    json: Path | None = None
    """Where to write the figures."""
    device: str = "cuda"
    """Where to measure: cuda, cuda:1, mps or, to try the command, cpu."""
    model: Path | None = None
    """Model file; the bundled one if not given."""
    voxels_mm: tuple[float, ...] = (1.5, 1.0, 0.75)
    """Voxels to measure at; the meshes are compared at the first."""
    quick: bool = False
    """A few frames, and no training."""


def timed_ms(work: Callable[[], object]) -> float:
    """Milliseconds that `work`, which ends with arrays on the host, takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def summary(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {"median_ms": float(np.median(times)), "p95_ms": float(np.percentile(times, 95))}


def random_head(rng: np.random.Generator) -> Parameters:
    """A head of which every code but the expression is random."""
    head = Parameters()
    for part in PARTS:
        head = head.with_random(part, 3, rng)
    return head


def heads_of(code: str, frames: int) -> list[Parameters]:
    """The mean head with a code's first slider moved as in `tests.bench.live`, or for "head" random heads."""
    if code == "head":
        rng = np.random.default_rng(1)
        return [random_head(rng) for _ in range(_DRAWN)]
    values = 3.0 * np.sin(np.linspace(0.0, 2.0 * np.pi, frames))
    return [Parameters().with_value(code, 0, float(value)) for value in values]  # type: ignore[arg-type]


def timed(surface: DeviceSurface, heads: Iterable[Parameters], *, draft: bool = False) -> list[float]:
    """Milliseconds of each update in turn."""
    return [timed_ms(lambda head=head: surface.update(head, draft=draft)) for head in heads]  # type: ignore[misc]


def traced(surface: DeviceSurface, head: Parameters) -> dict[str, float]:
    """What one update launches, and how many bytes it moves between device and host; on the CPU, its operators."""
    on_card = torch.cuda.is_available()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_card else [])]
    with profile(activities=activities) as seen:
        surface.update(head)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        seen.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    names = [(event.get("cat", ""), event.get("name", "")) for event in events]
    moved_bytes = {"HtoD": 0, "DtoH": 0}
    for event in events:
        for way in moved_bytes:
            if event.get("cat") == "gpu_memcpy" and way in event.get("name", ""):
                moved_bytes[way] += int(event.get("args", {}).get("bytes", 0))
    return {
        "operators": sum(cat == "cpu_op" for cat, _ in names),
        "launches": sum(cat == "cuda_runtime" and "Launch" in name for cat, name in names),
        "kernels": sum(cat == "kernel" for cat, _ in names),
        "bytes_to_device": moved_bytes["HtoD"],
        "bytes_to_host": moved_bytes["DtoH"],
    }


def measure_part(surface: DeviceSurface, part: str, frames: int) -> dict[str, float]:
    """One drag of a part's first slider from the mean head."""
    surface.update(Parameters())
    heads = heads_of(part, frames)
    first_ms = timed(surface, [heads[1]])[0]
    figures = summary(timed(surface, heads[2:]))
    points = surface.evaluated
    return figures | {"first_ms": first_ms, "points": points} | traced(surface, heads[1])


def measure_whole(surface: DeviceSurface, code: str, frames: int) -> dict[str, float]:
    """A code that moves the whole head, at full detail; and as a draft, as while the hand moves."""
    heads = heads_of(code, frames)
    surface.update(heads[-1])
    drafts = timed(surface, heads, draft=True)
    figures = summary(timed(surface, heads))
    points = surface.evaluated
    return figures | {"draft_ms": float(np.median(drafts)), "points": points} | traced(surface, heads[1])


def compared(model: HeadModel, voxel_mm: float) -> dict[str, object]:
    """The device's meshes against the CPU's, and against themselves from nothing."""
    on_device, on_cpu = DeviceSurface(model, voxel_mm, onto_zero=False), LiveSurface(moved(model, CPU), voxel_mm)
    live, grid = DeviceSurface(model, voxel_mm), Grid.covering(model.bounds_mm, voxel_mm)
    head, rng, leak = Parameters(), np.random.default_rng(2), 0.0
    same, off, from_nothing = [], [], []
    for part in PARTS:
        head = head.with_random(part, 3, rng)
        try:
            off.append(off_the_surface(on_device.update(head), on_cpu.update(head), grid).max())
            same.append(True)
        except AssertionError:  # a sample within the last bits of Φ = 0 has the other sign
            same.append(False)
        live.update(head)
        steps = [live.update(head.with_value(part, 0, value)) for value in (1.0, -1.0)]
        leak = max(leak, leaked(*steps))
        from_nothing.append(same_bits(steps[1], DeviceSurface(model, voxel_mm).update(head.with_value(part, 0, -1.0))))
    return {
        "same_faces": sum(same),
        "compared": len(same),
        "off_mm": float(max(off, default=np.nan)),
        "leak_mm": leak,
        "equals_from_nothing": all(from_nothing),
    }


def leaked(before: Surface, after: Surface) -> float:
    """How far, mm, vertices have moved that two surfaces of a drag share."""
    if before.base != after.base:
        return 0.0
    kept = before.kept_vertices
    return float(np.abs(before.mesh.vertices[:kept] - after.mesh.vertices[:kept]).max(initial=0.0))


def same_bits(surface: Surface, other: Surface) -> bool:
    """Whether two surfaces have the same vertices and faces, in whatever order."""
    pairs = zip(in_order(surface.mesh), in_order(other.mesh), strict=True)
    return all(np.array_equal(found, expected) for found, expected in pairs)


def training(device: torch.device) -> dict[str, Any]:
    """What `tests.bench.gpu_training` measures, if this checkout has it."""
    try:
        bench = importlib.import_module("tests.bench.gpu_training")
    except ModuleNotFoundError as error:
        return {"left_out": f"this checkout has no {error.name}"}
    figures: dict[str, Any] = bench.measure(device)
    return figures


def measure(model: HeadModel, options: Options) -> dict[str, object]:
    """All figures, by the names that the JSON file has them under."""
    name = torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else str(model.device)
    frames = 9 if options.quick else 120
    live: dict[str, dict[str, dict[str, float]]] = {}
    for voxel_mm in options.voxels_mm:
        surface = DeviceSurface(model, voxel_mm)
        from_nothing = timed_ms(lambda: surface.update(Parameters()))  # noqa: B023
        found = live[f"{voxel_mm:g}"] = {"first_head": {"ms": from_nothing}}
        for part in LOCAL_PARTS:
            found[part] = measure_part(surface, part, frames)
        for part in LOCAL_PARTS:  # another was dragged before, and all are captured by now, as when a hand has rested
            surface.update(Parameters())
            found[part]["ready_ms"] = timed(surface, heads_of(part, frames)[1:2])[0]
        for code in ("remainder", "expression", "head"):
            found[code] = measure_whole(surface, code, max(5, frames // 4))
    figures: dict[str, object] = {"device": name, "torch": torch.__version__, "frames": frames, "live": live}
    figures["against_cpu"] = compared(model, options.voxels_mm[0])
    figures["train"] = {"left_out": "quick"} if options.quick else training(model.device)
    return figures


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    try:
        device = choose(options.device)
    except DeviceUnavailable as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(NO_DEVICE)
    figures = measure(load(options.model or bundled_model(), device), options)
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
