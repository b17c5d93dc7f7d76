"""The normal map and the roughness map of the production mesh's face, as they ship (`train/data/make_relief.py`)."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

NORMALS, ROUGHNESS = "skin_normal.png", "skin_roughness.png"


@lru_cache(maxsize=2)
def skin_map(name: str) -> bytes:
    """A PNG file's bytes: `NORMALS`, RGB, tangent space with y up the image, or `ROUGHNESS`, grey. Neither is sRGB."""
    return resources.files("facewright.resources").joinpath("production", name).read_bytes()
