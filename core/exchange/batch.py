"""Several heads written at once, a file each."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from facewright.core.errors import Cancelled
from facewright.core.exchange.export import export_head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from facewright.core.exchange.export import ExportSettings
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan


_UNSAFE = re.compile(r"[^\w-]+")
"""What a file's name had better not hold."""


def batch_paths(names: list[str], path: Path) -> list[Path]:
    """Where heads of these names go: one to `path` itself, several beside it with their names added, all different."""
    if len(names) == 1:
        return [path]
    paths: list[Path] = []
    for name in names:
        word = _UNSAFE.sub("_", name).strip("_")
        stem = f"{path.stem}_{word or 'head'}"
        taken = {other.stem.lower() for other in paths}
        number = next(n for n in range(1, len(names) + 1) if _numbered(stem, n).lower() not in taken)
        paths.append(path.with_stem(_numbered(stem, number)))
    return paths


def replaced_files(names: list[str], path: Path) -> list[Path]:
    """The files that are there and that heads of these names would replace, but for `path`, which was chosen."""
    return [place for place in batch_paths(names, path) if place != path and place.exists()]


def export_heads(
    model: HeadModel,
    heads: Mapping[str, Parameters],
    path: Path,
    settings: ExportSettings,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    scans: Mapping[str, FittedScan] | None = None,
) -> list[Path]:
    """Write heads by name to `batch_paths`; returns these. `progress` is told how many are done, with fractions.

    scans : the patients' that heads go back to, by the heads' names. Raises what `export_head` raises; files complete
    by then stay, none is half-written.
    """
    paths = batch_paths(list(heads), path)
    tell = progress or (lambda done: None)
    scans = scans or {}
    for number, ((name, head), place) in enumerate(zip(heads.items(), paths, strict=True)):
        if cancelled is not None and cancelled():
            raise Cancelled
        share = partial(_tell_share, tell, number)
        export_head(model, head, place, settings, cancelled, progress=share, scan=scans.get(name))
        tell(number + 1)
    return paths


def _tell_share(tell: Callable[[float], None], done: int, share: float) -> None:
    tell(done + share)


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}_{number}"
