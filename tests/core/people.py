"""The bundled model of people, read once a process: no test changes it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from facewright.core.model.model_file import bundled_model, load

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel


@lru_cache(maxsize=1)
def people() -> HeadModel:
    """The model; what is found of it once is found once a process."""
    return load(bundled_model())
