"""What drafts of heads are made with: a table for all fields of one SDFNet, made in the background, kept on disk."""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from facewright.core.errors import Cancelled
from facewright.core.field.table_file import read_table, write_table
from facewright.core.field.template_table import LAYOUT, tabulate
from facewright.core.kernel_cache import cache_folder
from facewright.core.parts import LOCAL_PARTS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from facewright.core.field.template_table import Distance, TemplateTable
    from facewright.core.network.network import Network

_lock = threading.Lock()
_drafts: WeakValueDictionary[str, Draft] = WeakValueDictionary()


class Draft:
    """A table of SDFNet that is made in the background once it is first asked for."""

    def __init__(self, network: Network, distance: Distance, radius_mm: float, fingerprint: str) -> None:
        """Nothing is made yet; the first three are as `core.field.template_table.tabulate` takes them."""
        self._lock = threading.Lock()
        self._of: tuple[Network, Distance, float] | None = (network, distance, radius_mm)
        self._fingerprint = fingerprint
        self._table: TemplateTable | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def of(cls, network: Network, distance: Distance, radius_mm: float) -> Draft:
        """The one for all networks with the same SDFNet and windows, as long as one of them is in use."""
        fingerprint = _fingerprint(network, radius_mm)
        with _lock:
            draft = _drafts.get(fingerprint)
            if draft is None:
                draft = _drafts[fingerprint] = cls(network, distance, radius_mm, fingerprint)
            return draft

    def ready(self) -> TemplateTable | None:
        """The table; None as long as it is being made."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="field table")
                self._thread.start()
        return self._table

    @property
    def table(self) -> TemplateTable | None:
        """The table if it is made by now, without asking for it."""
        return self._table

    def wait(self) -> None:
        """Until the table is made."""
        self.ready()
        assert self._thread is not None
        self._thread.join()

    def _run(self) -> None:
        assert self._of is not None
        network, distance, radius_mm = self._of
        file = self._file()
        with suppress(Cancelled, RuntimeError):  # the latter: there are no threads any more to evaluate it
            table = read_table(file, distance) if file else None
            if table is None:
                table = tabulate(network, _until_the_end(distance), radius_mm)
                if file:
                    write_table(file, table)
            self._table, self._of = table, None

    def _file(self) -> Path | None:
        """Where the table is kept, beside the compiled kernels."""
        folder = cache_folder()
        return folder / f"table-{self._fingerprint}.safetensors" if folder else None


def _until_the_end(distance: Distance) -> Distance:
    """The same distances as long as the program runs; it waits for its threads then, so Cancelled is raised."""

    def asked(points: np.ndarray) -> np.ndarray:
        if not threading.main_thread().is_alive():
            raise Cancelled
        return distance(points)

    return asked


def _fingerprint(network: Network, radius_mm: float) -> str:
    """Of what a table depends on."""
    digest = hashlib.sha256(str((radius_mm, network.config, LAYOUT)).encode())
    for part in (network.sdf, *(network.stage(part).windows for part in LOCAL_PARTS)):
        for name, tensor in sorted(part.state_dict().items()):
            digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
