"""Mutated files of every kind through every reader, in processes with a limit of memory and time.

`python -m tests.bench.robustness_files --minutes 5 --json FILE` counts what came of each: `clean`, read as if nothing
were wrong; `refused`, in a sentence; `traceback`, any other exception; `hang`, more than a minute; `over_memory`, more
than 1 GB. `tests.bench.robustness` runs it beside its own parts. Needs Linux, where a process can be watched.
"""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import queue
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tyro
from PIL import Image

from tests.bench.file_mutations import mutated
from tests.core.odd_files import FACES, POINTS, glb_files, obj_files, ply_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNTS = ("clean", "refused", "traceback", "hang", "over_memory")
_MOST_S, _MOST_BYTES = 60.0, 1_000_000_000
_WATCH_S = 0.05
_FILES = 400
"""Read by one process, then by another."""


@dataclass(frozen=True)
class Seed:
    """A good file: its name, its bytes, files beside it, and the reader that it is for, by name."""

    name: str
    data: bytes
    reader: str
    beside: dict[str, bytes] = field(default_factory=dict)


def seeds(folder: Path) -> list[Seed]:
    """Good files of every kind that is read; `folder` is scratch."""
    found = [Seed(f"{name}.obj", text.encode(), "surface") for name, text in obj_files().items()]
    found += [Seed(f"{name}.ply", data, "surface") for name, data in ply_files().items()]
    found += [Seed(f"{name}.glb", data, "surface") for name, data in glb_files().items()]
    rows = np.zeros(len(FACES), [("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    rows["v"] = POINTS[FACES]
    found.append(Seed("ball.stl", bytes(80) + np.uint32(len(FACES)).tobytes() + rows.tobytes(), "surface"))
    text = "solid ball\n" + "".join(
        "facet normal 0 0 0\nouter loop\n" + "".join("vertex {} {} {}\n".format(*p) for p in t) + "endloop\nendfacet\n"
        for t in POINTS[FACES]
    )
    found.append(Seed("text.stl", (text + "endsolid ball\n").encode(), "surface"))
    return [*found, *_textured(folder), *_projects(folder), *_models(folder), *_records(folder)]


def _textured(folder: Path) -> Iterator[Seed]:
    """An OBJ with a material and an image; each of the three is mutated."""
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(folder / "t.png")
    Image.open(folder / "t.png").save(folder / "t.jpg")
    corners = "".join("f {0}/{0} {1}/{1} {2}/{2}\n".format(*face) for face in FACES + 1)
    lines = "".join("v {:.4f} {:.4f} {:.4f}\nvt {:.4f} {:.4f}\n".format(*p, p[0] / 90, p[1] / 90) for p in POINTS)
    obj = f"mtllib s.mtl\n{lines}usemtl skin\n{corners}".encode()
    for image in ("t.png", "t.jpg"):
        files = {
            "scan.obj": obj,
            "s.mtl": f"newmtl skin\nKd 0.8 0.8 0.8\nmap_Kd -s 1 1 1 {image}\n".encode(),
            image: (folder / image).read_bytes(),
        }
        for name, data in files.items():
            yield Seed(name, data, "textured", {other: own for other, own in files.items() if other != name})


def _projects(folder: Path) -> Iterator[Seed]:
    """Projects: a history, and one with a scan in it."""
    from facewright.core.project_file import save
    from tests.core.scan.test_fitted_scan import project_with, some_scan
    from tests.core.test_project_file import some_project

    for name, project in (("history", some_project()), ("scan", project_with(some_scan()))):
        save(project, folder / f"{name}.facewright")
        yield Seed(f"{name}.facewright", (folder / f"{name}.facewright").read_bytes(), "project")


def _models(folder: Path) -> Iterator[Seed]:
    """A small model with a template mesh."""
    from facewright.core.model.model_file import save
    from tests.core.tiny_model import tiny_model_with_template

    save(tiny_model_with_template(), folder / "model.safetensors")
    yield Seed("model.safetensors", (folder / "model.safetensors").read_bytes(), "model")


def _records(folder: Path) -> Iterator[Seed]:
    """Everything that is JSON: an anatomy, a training run's configuration, a folder's options, a fit."""
    from facewright.core.anatomy import bundled_anatomy
    from facewright.train.config import TrainConfig

    bundled_anatomy("ict_facekit").save(folder / "anatomy.json")
    TrainConfig("ict:x").save(folder / "config.json")
    options = {"name": "x", "test": ["1"], "expressions": ["neutral"], "leave_out": ["2"], "align": True}
    fit = {"fingerprint": "x", "model": "m", "verdict": "good", "parameters": {
        "expression": [0.5], "nose": [1.0, -2.0], "eyes": [], "mouth": [0.1], "remainder": [0.0, 1.0]}}  # fmt: skip
    yield Seed("anatomy.json", (folder / "anatomy.json").read_bytes(), "anatomy")
    yield Seed("config.json", (folder / "config.json").read_bytes(), "config")
    yield Seed("facewright.json", json.dumps(options).encode(), "options")
    yield Seed("fit.json", json.dumps(fit).encode(), "fit")


def readers() -> dict[str, Callable[[Path], object]]:
    """What reads each kind, as the programs do."""
    import torch

    from facewright.core.anatomy import load_anatomy
    from facewright.core.errors import FacewrightError
    from facewright.core.measure_command import read_fit
    from facewright.core.model.model_file import load as load_model
    from facewright.core.project_file import load as load_project
    from facewright.core.scan.scan import read_scan, thinned
    from facewright.train.config import TrainConfig
    from facewright.train.data.layouts import Options
    from facewright.train.data.mesh_files import read_mesh
    from tests.core.tiny_model import tiny_model

    model = tiny_model()

    def surface(path: Path) -> object:
        with contextlib.suppress(FacewrightError):
            mesh = read_mesh(path)  # as training does; whatever is wrong, scans are read more leniently
            mesh.welded(mesh.weld())
        return thinned(read_scan(path), 300_000)

    return {
        "surface": surface,
        "textured": lambda path: thinned(read_scan(path.with_name("scan.obj")), 300_000),
        "project": load_project,
        "model": lambda path: load_model(path, torch.device("cpu")),
        "anatomy": load_anatomy,
        "config": TrainConfig.load,
        "options": lambda path: Options.load(path.parent),
        "fit": lambda path: read_fit(path, model),
    }


def _reading(tasks: Any, answers: Any) -> None:
    """A child's work: read each file it is given, and say what came of it."""
    from facewright.core.errors import FacewrightError

    warnings.simplefilter("error")
    logging.disable(logging.CRITICAL)
    known = readers()
    answers.put(("ready", "", ""))
    while (task := tasks.get()) is not None:
        reader, path = task
        try:
            known[reader](Path(path))
            answers.put(("clean", path, ""))
        except FacewrightError as error:
            sentence = str(error)
            answers.put(("refused" if sentence.endswith(".") else "traceback", path, sentence))
        except BaseException:  # whatever comes is what is looked for
            answers.put(("traceback", path, traceback.format_exc()))


def _cpu_s(pid: int | None) -> float:
    """The seconds that a process has computed (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int | None) -> int:
    """The bytes that a process holds (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class _Child:
    """A process that reads, watched."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._tasks, self._answers = context.Queue(), context.Queue()
        self._process = context.Process(target=_reading, args=(self._tasks, self._answers), daemon=True)
        self._process.start()
        self._answers.get(timeout=600.0)
        self.peak, self.done = 0, 0

    def read(self, reader: str, path: Path) -> tuple[str, str]:
        """What came of a file, and what was said; the process is gone where that is a hang or a death."""
        self._tasks.put((reader, str(path)))
        spent, most = _cpu_s(self._process.pid), 0
        self.done += 1
        while True:
            try:
                kind, _, said = self._answers.get(timeout=_WATCH_S)
            except queue.Empty:
                if not self._process.is_alive():
                    return "traceback", f"the process ended with {self._process.exitcode}"
                most = max(most, _memory(self._process.pid))
                if _cpu_s(self._process.pid) - spent > _MOST_S:  # its own time: others may pause it
                    self.end()
                    return "hang", ""
                if most > 4 * _MOST_BYTES:
                    self.end()
                    return "over_memory", ""
                continue
            most = max(most, _memory(self._process.pid))
            self.peak = max(self.peak, most)
            return ("over_memory", said) if most > _MOST_BYTES and path.stat().st_size < 1_000_000 else (kind, said)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def run(minutes: float, seed: int) -> dict[str, Any]:
    """Read mutated files for so many minutes.

    Returns the counts by the names of `COUNTS`; `by_kind`, the same for each kind of file; `peak_mb`, the most memory
    that a reading process had; and `examples`, the first twenty files that were neither read nor refused, with what was
    said.
    """
    rng = np.random.default_rng(seed)
    counts: dict[str, Any] = dict.fromkeys(COUNTS, 0)
    by_kind: dict[str, dict[str, int]] = {}
    examples: list[dict[str, str]] = []
    end, peak = time.monotonic() + 60.0 * minutes, 0
    with tempfile.TemporaryDirectory(prefix="facewright-robustness-") as name:
        scratch, kept = Path(name), Path(tempfile.gettempdir()) / "facewright-robustness"
        known = seeds(scratch)
        kinds = sorted({Path(each.name).suffix for each in known})
        child = _Child()
        while time.monotonic() < end:
            kind = kinds[int(rng.integers(len(kinds)))]  # as many files of each
            own = [each for each in known if Path(each.name).suffix == kind]
            good = own[int(rng.integers(len(own)))]
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                path = Path(folder) / good.name
                path.write_bytes(mutated(good.data, good.name, rng))
                for other, data in good.beside.items():
                    (Path(folder) / other).write_bytes(data)
                came, said = child.read(good.reader, path)
                if came not in ("clean", "refused") and len(examples) < 20:
                    kept.mkdir(exist_ok=True)
                    copy = kept / f"{seed}-{sum(counts[c] for c in COUNTS)}-{good.name}"
                    copy.write_bytes(path.read_bytes())
                    examples.append({"kind": came, "file": str(copy), "said": said[-2000:]})
            counts[came] += 1
            by_kind.setdefault(kind, dict.fromkeys(COUNTS, 0))[came] += 1
            peak = max(peak, child.peak)
            if came in ("hang", "over_memory") or said.startswith("the process ended") or child.done >= _FILES:
                child.end()
                child = _Child()
        child.end()
    return {**counts, "by_kind": by_kind, "peak_mb": round(peak / 1e6), "examples": examples}


@dataclass(frozen=True)
class Options:
    """How long, and from which seed."""

    minutes: float = 5.0
    seed: int = 0
    json: Path | None = None
    """Where to write the counts."""


def main() -> int:
    """Run, print and write; the exit status is the number of files that were neither read nor refused."""
    options = tyro.cli(Options, description=__doc__)
    counts = run(options.minutes, options.seed)
    print(json.dumps(counts, indent=1))
    if options.json:
        options.json.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return int(sum(counts[kind] for kind in COUNTS[2:]) > 0)


if __name__ == "__main__":
    sys.exit(main())
