"""Tables of SDFNet on disk, which can be made again at any time: what is wrong with one is no error."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.field.template_table import TemplateTable, samples_of

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.field.template_table import Distance

_MOST = 4
"""Tables that are kept, the newest: some 45 MB each."""

_TRIED = 500
"""Samples of a table that are compared with the network before it is trusted."""

_CLOSE = 1e-5
"""How near they are to be, network units; another processor rounds otherwise."""


def write_table(path: Path, table: TemplateTable) -> None:
    """Keep a table, and the newest of the others; where it cannot be written it is not kept."""
    with suppress(FacewrightError, OSError):
        write_atomically(path, save(table._asdict()), private=True)
        newest_first = sorted(path.parent.glob("table-*"), key=lambda other: other.stat().st_mtime, reverse=True)
        for old in newest_first[_MOST:]:
            old.unlink(missing_ok=True)


def read_table(path: Path, distance: Distance) -> TemplateTable | None:
    """A table that was kept, if it is there, whole, and what the network gives."""
    try:
        table = TemplateTable(**load_file(path))
        points, values = samples_of(table, np.random.default_rng(0), _TRIED)
    except (OSError, SafetensorError, TypeError, ValueError, IndexError):
        return None
    return table if len(points) and np.abs(distance(points) - values).max() < _CLOSE else None
