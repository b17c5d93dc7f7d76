"""Where a person's own sliders lie: a file each, in the user's folder for such things."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.atomic_file import write_atomically
from facewright.core.basis import Basis
from facewright.core.errors import FacewrightError
from facewright.core.input_file import read_json
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

_log = logging.getLogger(__name__)

LONGEST_NAME = 80
_MOST_PICTURE_BYTES = 500_000
_ENDING = ".slider.json"


@dataclass(frozen=True)
class OwnSlider:
    """A way to change a head.

    change : σ of each code that it changes, at 100 %; model, fingerprint : of the model that gives them their meaning;
    picture : a small PNG file's content, or nothing.
    """

    name: str
    model: str
    fingerprint: str
    change: Mapping[CodeName, tuple[float, ...]]
    picture: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Freeze the mapping; raise FacewrightError if there is no name, or no change."""
        object.__setattr__(self, "change", MappingProxyType(dict(self.change)))
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise FacewrightError(f"A slider needs a name of 1 to {LONGEST_NAME} letters.")
        if not any(np.any(values) for values in self.change.values()):
            raise FacewrightError("This head is the one that it is compared with: change it first, then save that.")

    @classmethod
    def between(cls, name: str, model: HeadModel, before: Parameters, after: Parameters, picture: bytes) -> OwnSlider:
        """What leads from one head to another. Raises FacewrightError as the class does."""
        change: dict[CodeName, tuple[float, ...]] = {}
        for code in after.changed_from(before):
            count = max(len(after.code(code)), len(before.code(code)))
            change[code] = tuple(after.value(code, i) - before.value(code, i) for i in range(count))
        return cls(" ".join(name.split()), model.name, model.fingerprint, change, picture)

    def fits(self, model: HeadModel) -> bool:
        """Whether the slider was made with that model."""
        sizes = model.components
        return self.fingerprint in model.fingerprints and all(len(v) <= sizes[c] for c, v in self.change.items())

    def basis(self, model: HeadModel) -> Basis:
        """The slider's direction in the coefficients of its model."""
        codes = tuple(code for code in CODES if code in self.change)
        parts = [np.pad(self.change[code], (0, model.components[code] - len(self.change[code]))) for code in codes]
        return Basis(model.components, codes, {self.name: np.concatenate(parts)})


class Library:
    """The sliders of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sliders(self) -> list[OwnSlider]:
        """All that can be read, by name; a file that cannot is left alone."""
        sliders = []
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            try:
                sliders.append(_read(read_json(path)))
            except (OSError, ValueError, KeyError, TypeError, AttributeError, FacewrightError) as error:
                _log.warning("%s is no slider: %s", path, error)
        return sorted(sliders, key=lambda slider: slider.name.casefold())

    def named(self, name: str, model: HeadModel) -> list[OwnSlider]:
        """The sliders of a model that have a name, in whatever case."""
        return [slider for slider in self.sliders() if slider.name.casefold() == name.casefold() and slider.fits(model)]

    def add(self, slider: OwnSlider, instead_of: Sequence[OwnSlider] = ()) -> None:
        """Keep a slider in the place of others. Raises FacewrightError if that fails."""
        record = {
            "name": slider.name,
            "model": slider.model,
            "fingerprint": slider.fingerprint,
            "change": {code: list(values) for code, values in slider.change.items()},
            "picture": base64.b64encode(slider.picture).decode(),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FacewrightError(f"The folder of sliders cannot be made: {error.strerror}.") from None
        write_atomically(self._path(slider), json.dumps(record).encode())
        for other in instead_of:
            if self._path(other) != self._path(slider):
                self.remove(other)

    def remove(self, slider: OwnSlider) -> None:
        """Forget a slider. Raises FacewrightError if that fails."""
        try:
            self._path(slider).unlink(missing_ok=True)
        except OSError as error:
            raise FacewrightError(f"The slider cannot be deleted: {error.strerror}.") from None

    def _path(self, slider: OwnSlider) -> Path:
        digest = hashlib.sha256(f"{slider.name}\n{slider.fingerprint}".encode()).hexdigest()
        return self._folder / f"{digest[:24]}{_ENDING}"


def _read(record: Any) -> OwnSlider:
    change = {
        code: tuple(float(value) for value in record["change"][code]) for code in CODES if code in record["change"]
    }
    if not all(
        np.isfinite(values).all() and np.abs(values).max(initial=0.0) <= 2 * LIMIT for values in change.values()
    ):
        raise ValueError("it has numbers that cannot be")
    picture = base64.b64decode(str(record.get("picture", ""))[:_MOST_PICTURE_BYTES])
    return OwnSlider(str(record["name"]), str(record["model"]), str(record["fingerprint"]), change, picture)
