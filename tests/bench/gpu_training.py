"""What bounds a training step, phase by phase: `python -m tests.bench.gpu_training --device cuda --json FILE`.

For every phase and number of heads: steps and points a second; how long drawing, gradients and update take; launches a
step, and the share of the time in which the card waits for the host, by torch's profiler, which slows the host; its
trace with `--trace`.
The heads are made here unless `--data` names others. On the CPU, which waits for nobody, operators are counted.

With `--learn MINUTES` a model is trained for so long on `--data` by the recipe for a card, and evaluated.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import torch
import tyro
from torch.profiler import ProfilerActivity, profile

from facewright.core.isolated import module_command
from facewright.train.anatomy.user_anatomy import Topology, user_anatomy
from facewright.train.config import TrainConfig
from facewright.train.data.heads import open_source
from facewright.train.sampling.pool import SamplePool
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.train.plain_head import plain_head, write_obj

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.network.config import NetworkConfig
    from facewright.train.data.heads import HeadSet
    from facewright.train.schedule import Phase

PHASES: tuple[Phase, ...] = ("template", "stages", "end")

_WARM = 6
"""Steps that are not timed: three before a card has recorded its step, one then."""

_TRACED = 5

_LAUNCHES = ("cudaLaunchKernel", "cudaGraphLaunch", "cudaMemcpyAsync", "cudaMemsetAsync", "cuLaunchKernel")

_VIEWS = {
    "as_strided",
    "view",
    "slice",
    "select",
    "expand",
    "transpose",
    "t",
    "unsqueeze",
    "squeeze",
    "detach",
    "alias",
}
_VIEWS |= {"reshape", "narrow", "split", "split_with_sizes", "unflatten", "flatten", "unbind", "permute", "numpy_T"}
_VIEWS |= {
    "empty",
    "empty_like",
    "empty_strided",
    "to",
    "_unsafe_view",
    "result_type",
    "chunk",
    "diagonal",
    "expand_as",
    "resolve_conj",
    "resolve_neg",
    "_reshape_alias",
    "lift_fresh",
}


@dataclass(frozen=True)
class Options:
    """What to measure."""

    device: str = "cuda"
    data: str | None = None
    """Source of heads, such as ict:FOLDER; by default plain ones that are made for this."""
    subjects: int | None = None
    heads: tuple[int, ...] = (32, 256)
    """Heads a step, one after the other."""
    steps: int = 40
    trace: Path | None = None
    """Folder for the profiler's traces, which chrome://tracing and Perfetto show."""
    learn: float = 0.0
    """Train for so many minutes as well, on `data`, and evaluate."""
    json: Path | None = None


def measure(
    device: torch.device | str,
    data: str | None = None,
    heads: Sequence[int] = (32, 256),
    steps: int = 40,
    *,
    subjects: int | None = None,
    trace: Path | None = None,
    network: NetworkConfig | None = None,
    points: int = 160,
) -> dict[str, float]:
    """Figures by the name train.PHASE.HEADS.FIGURE.

    FIGURE is steps_per_second, points_per_second, drawing_ms, gradients_ms, update_ms, host_ms (until the host has
    asked an idle device for a step; where that is more than the step takes, the device waits), launches (a step;
    operators on the CPU) and waiting (share of the time in which the device has nothing to do, 0 to 1; 0 on the CPU).
    """
    device = torch.device(device)
    with ExitStack() as stack:
        if data is None:
            data = plain_heads(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        read = open_source(data, "train", subjects)
        found: dict[str, float] = {}
        for count in heads:
            config = TrainConfig(data, device=str(device), minutes=1e9, heads=count, stage_points=points)
            config = replace(config, network=network or config.network)
            for phase in PHASES:
                name = f"train.{phase}.{count}"
                file = trace / f"{name}.json" if trace else None
                found |= {f"{name}.{k}": v for k, v in _phase(config, read, phase, steps, file).items()}
    return found


def plain_heads(folder: Path, subjects: int = 16) -> str:
    """Write heads of some ten thousand vertices with two expressions; the source that reads them."""
    head = plain_head(40)
    smile = head.bump("ch_l", 20.0) * [3.0, 4.0, 0.0] + head.bump("ch_r", 20.0) * [-3.0, 4.0, 0.0]
    for subject in range(subjects):
        neutral = head.subject(subject)
        moved = {"neutral": 0.0, "smile": smile, "open": head.bump("li", 25.0) * [0.0, -12.0, 0.0]}
        for expression, by in moved.items():
            write_obj(folder / str(subject) / f"{expression}.obj", neutral + by, head.quads)
    user_anatomy("plain", Topology(head.positions, head.quads, head.landmarks, "mm")).save(folder / "anatomy.json")
    return f"folder:{folder}"


def _phase(config: TrainConfig, heads: HeadSet, phase: Phase, steps: int, trace: Path | None) -> dict[str, float]:
    """One phase's figures."""
    trainer = Trainer(config, heads, Workers())
    trainer.enter(phase)
    if phase != "stages":
        trainer.pool = SamplePool.blank(trainer.heads, config, template=phase == "template")
    wait = torch.cuda.synchronize if trainer.device.type == "cuda" else lambda: None

    def step() -> None:
        trainer.step(lambda *_: None)

    for _ in range(_WARM):
        step()
    points = trainer.points
    seconds = _timed(step, steps, wait)
    points = (trainer.points - points) // steps
    parts = trainer.parts()
    took = {f"{name}_ms": 1e3 * _timed(part, max(steps // 4, 1), wait) for name, part in parts.items()}
    took["host_ms"] = 1e3 * _asked(step, max(steps // 4, 1), wait)
    launches, waiting = _traced(step, wait, trainer.device, trace)
    rates = {"steps_per_second": 1.0 / seconds, "points_per_second": points / seconds}
    return {**rates, **took, "launches": launches, "waiting": waiting}


def _timed(work: Callable[[], None], times: int, wait: Callable[[], None]) -> float:
    """Seconds that work takes, a time."""
    wait()
    began = time.perf_counter()
    for _ in range(times):
        work()
    wait()
    return (time.perf_counter() - began) / times


def _asked(step: Callable[[], None], times: int, wait: Callable[[], None]) -> float:
    """Seconds until the host has asked an idle device for a step, the median."""
    seconds = []
    for _ in range(times):
        wait()
        began = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - began)
    wait()
    return median(seconds)


def _traced(
    step: Callable[[], None], wait: Callable[[], None], device: torch.device, trace: Path | None
) -> tuple[float, float]:
    """Launches a step, and the share of the time in which the card has nothing to do."""
    on_card = device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_card else [])]
    wait()
    with profile(activities=activities) as found:
        for _ in range(_TRACED):
            step()
        wait()
    if trace:
        trace.parent.mkdir(parents=True, exist_ok=True)
        found.export_chrome_trace(str(trace))
    if not on_card:
        events = list(found.events() or ())
        whole = [e for e in events if _works(e.name) and not any(_works(child.name) for child in e.cpu_children)]
        return len(whole) / _TRACED, 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        found.export_chrome_trace(str(file))
        events = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
    calls = [e for e in events if e.get("cat") in ("cuda_runtime", "cuda_driver")]
    return sum(e["name"].startswith(_LAUNCHES) for e in calls) / _TRACED, waited(events)


def waited(events: Sequence[Mapping[str, Any]]) -> float:
    """The share of a trace's time in which a card had done all that it was asked for, 0 to 1.

    events : of Chrome's trace format, as the profiler writes them. Work on the card and the call that asked for it have
    one correlation. Pauses between the kernels of one graph are the card's own.
    """
    calls = [e for e in events if e.get("cat") in ("cuda_runtime", "cuda_driver")]
    asked = {e["args"].get("correlation"): e["ts"] + e["dur"] for e in calls}
    work = sorted(
        (e["ts"], e["ts"] + e["dur"], asked.get(e["args"].get("correlation"), e["ts"]))
        for e in events
        if e.get("cat") in ("kernel", "gpu_memcpy", "gpu_memset")
    )
    if not work:
        return 1.0
    first = end = work[0][0]
    idle = 0.0
    for start, stop, told in work:
        idle += max(min(start, told) - end, 0.0)
        end = max(end, stop)
    return float(idle / (end - first))


def _works(name: str) -> bool:
    """Whether an event of that name is an operator that reads or writes numbers, and not only looks at them."""
    return name.startswith("aten::") and name.removeprefix("aten::") not in _VIEWS


def learnt(data: str, minutes: float, device: str) -> Path:
    """Train a model for so many minutes and print what it is worth; its folder.

    256 heads a step, and rates higher by the root of what that is more than 32: a rule, not a measurement.
    """
    run = Path(tempfile.mkdtemp(prefix="run-"))
    card = (
        "--heads",
        "256",
        "--learning-rate",
        "2e-4",
        "--code-learning-rate",
        "2e-4",
    )
    train = ["run", "--data", data, "--out", str(run / "run"), "--minutes", str(minutes), "--device", device, *card]
    evaluate = ["evaluate", "--data", data, "--model", str(run / "run" / "model.safetensors"), "--quick"]
    for command in (train, [*evaluate, "--json", str(run / "figures.json")]):
        subprocess.run(module_command("facewright.train", *command), check=True)
    return run


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    found = measure(
        options.device, options.data, options.heads, options.steps, subjects=options.subjects, trace=options.trace
    )
    print(_table(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.learn and options.data:
        print(f"The run and its figures are in {learnt(options.data, options.learn, options.device)}")


def _table(found: dict[str, float]) -> str:
    """A row for each phase and number of heads."""
    rows: dict[str, dict[str, float]] = {}
    for name, value in found.items():
        row, _, figure = name.rpartition(".")
        rows.setdefault(row, {})[figure] = value
    figures = list(next(iter(rows.values())))
    lines = [" ".join(["phase and heads".ljust(22), *(figure.rjust(18) for figure in figures)])]
    lines += [" ".join([row.ljust(22), *(f"{row_[f]:18.4g}" for f in figures)]) for row, row_ in rows.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
