"""What surfaces are painted with: images and flat colours, found where files name them, and looked up at vertices."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewright.core.input_file import file_beside, file_bytes
from facewright.core.reading.image_map import keep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facewright.core.reading.surface import Reading

Image.MAX_IMAGE_PIXELS = None  # its bound knows pixels alone; ours, below, what they weigh

_FORMATS = ("BMP", "JPEG", "PNG", "TGA", "TIFF", "WEBP")
_MOST_IMAGE_BYTES = 512 * 2**20
_MOST_MTL_BYTES = 8 * 2**20
_UNPACKED, _UNPACKED_TIMES = 256 * 2**20, 32
"""An image may weigh so much in the memory, or so many times its file: more is a bomb."""

_SIDE = 4096
"""Images are looked up at this size: a vertex's colour stands for half a millimetre of skin, not for a pore."""

_OPTION_VALUES = {"-s": 3, "-o": 3, "-t": 3, "-mm": 2}
"""How many values an option of an MTL's map has at most; all others have one."""


@dataclass(frozen=True)
class Texture:
    """An image: its name, and its bytes or why there are none; scale, offset : (2,), of texture coordinates."""

    name: str
    data: bytes | None
    trouble: str = "was not found"
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Leave coordinates as they are where a file gives what is no number."""
        if not np.isfinite([*self.scale, *self.offset]).all():
            object.__setattr__(self, "scale", (1.0, 1.0))
            object.__setattr__(self, "offset", (0.0, 0.0))


@dataclass(frozen=True)
class Material:
    """colour : (3,) from 0 to 1, sRGB, what the surface has without an image, or its image is multiplied with."""

    colour: tuple[float, float, float] | None = None
    texture: Texture | None = None
    tints: bool = False


@dataclass
class Materials:
    """The materials that an OBJ file's libraries define, by number and name; notes : libraries that are missing."""

    all: list[Material] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, beside: Path, libraries: Sequence[str]) -> Materials:
        """Read the MTL files that `mtllib` statements of the file `beside` name: each one name, or several."""
        materials = cls()
        for text in dict.fromkeys(libraries):
            whole = _unquoted(text)
            names = [whole] if file_beside(beside, whole) or '"' in text else whole.split()
            if len(names) > 1 and not any(file_beside(beside, name) for name in names):
                names = [whole]
            for name in names:
                file = file_beside(beside, name)
                try:
                    materials._add(
                        beside, file_bytes(file, _MOST_MTL_BYTES) if file else b"", name, missing=file is None
                    )
                except OSError as error:
                    materials.notes.append(f"The materials {name} cannot be read ({error.strerror}).")
        return materials

    def number(self, name: str) -> int:
        """The number of the material of that name, -1 if there is none."""
        return self.names.get(name, self.names.get(name.lower(), -1))

    def _add(self, beside: Path, data: bytes, name: str, *, missing: bool) -> None:
        if missing:
            self.notes.append(f"The materials {name} were not found.")
        material = ""
        for line in data.decode("utf-8-sig", "replace").splitlines():
            words = line.strip().split(None, 1)
            key, value = words[0].lower() if words else "", words[1].strip() if len(words) > 1 else ""
            if key == "newmtl":
                material = " ".join(value.split())
                self.names[material] = self.names[material.lower()] = len(self.all)
                self.all.append(Material())
            elif self.all and key == "kd":
                self.all[-1] = Material(_colour(value), self.all[-1].texture)
            elif self.all and key == "map_kd":
                self.all[-1] = Material(self.all[-1].colour, _map(beside, value))


def _colour(value: str) -> tuple[float, float, float] | None:
    try:
        r, g, b = (min(max(float(word), 0.0), 1.0) for word in value.split()[:3])
    except ValueError:
        return None
    return r, g, b


def _map(beside: Path, value: str) -> Texture:
    """The image of a `map_Kd` statement, which may have options before its name."""
    colours: dict[str, tuple[float, ...]] = {}
    while match := re.match(r"(-[a-z]+)\s+", value):
        option, value = match.group(1), value[match.end() :]
        numbers: list[float] = []
        while len(numbers) < _OPTION_VALUES.get(option, 1) and (number := re.match(r"(\S+)\s+", value)):
            try:
                numbers.append(float(number.group(1)))
            except ValueError:
                if option in _OPTION_VALUES:
                    break
                numbers.append(0.0)  # a word, such as on
            value = value[number.end() :]
        colours[option] = tuple(numbers)
    scale, offset = (*colours.get("-s", ()), 1.0, 1.0)[:2], (*colours.get("-o", ()), 0.0, 0.0)[:2]
    texture = named_texture(beside, _unquoted(value))
    return Texture(texture.name, texture.data, texture.trouble, (scale[0], scale[1]), (offset[0], offset[1]))


def named_texture(beside: Path, name: str) -> Texture:
    """The image that a file names, with its bytes if it is there."""
    file = file_beside(beside, name)
    if file is None:
        return Texture(name, None)
    try:
        return Texture(name, file_bytes(file, _MOST_IMAGE_BYTES))
    except OSError as error:
        return Texture(name, None, f"cannot be read ({error.strerror})")


def _unquoted(text: str) -> str:
    return text.strip().strip('"').strip()


def painted(
    uv: np.ndarray,
    material: np.ndarray,
    materials: Sequence[Material],
    reading: Reading,
    decoded: dict[int, np.ndarray] | None = None,
) -> tuple[np.ndarray | None, list[str]]:
    """Colours (N, 3) uint8 sRGB of vertices by their materials' images, and a note of each image that is not there.

    uv : (N, 2), NaN where there is none, v upwards; material : (N,), -1 where there is none. Without any image there
    are no colours; where one vertex lacks what others have, it has its material's flat colour, or grey. `decoded` takes
    the images by the material's number (`image_map.keep`).
    """
    notes: list[str] = []
    colours = np.full((len(uv), 3), 200, dtype=np.uint8)
    seen = False
    images: dict[tuple[str, int], np.ndarray] = {}
    for number in np.unique(material[material >= 0]):
        own, here = materials[number], material == number
        flat = np.array(own.colour if own.colour is not None else (200 / 255,) * 3)
        colours[here] = np.rint(flat * 255.0)
        if own.texture is None:
            continue
        reading.check()
        key = (own.texture.name, id(own.texture.data))
        try:
            if key not in images:
                images = {key: _pixels(own.texture)}  # one at a time
        except _Unseen as unseen:
            notes.append(f"The image {own.texture.name} {unseen}.")
            continue
        if decoded is not None:
            keep(decoded, int(number), images[key])
        textured = here & np.isfinite(uv).all(axis=1)
        at = _looked_up(images[key], uv[textured], own.texture)
        colours[textured] = np.rint(at * flat) if own.tints else at
        seen = seen or bool(textured.any())
    return colours if seen else None, list(dict.fromkeys(notes))


class _Unseen(Exception):
    """Why an image is not seen: "was not found"."""


def _pixels(texture: Texture) -> np.ndarray:
    """An image as (height, width, 3) uint8, its sides at most twice `_SIDE`; _Unseen if it cannot be had."""
    if texture.data is None:
        raise _Unseen(texture.trouble)
    try:
        with Image.open(io.BytesIO(texture.data), formats=_FORMATS) as image:
            width, height = image.size
            if 4 * width * height > max(_UNPACKED, _UNPACKED_TIMES * len(texture.data)):
                raise _Unseen(f"of {width:,} × {height:,} pixels is too large: make it smaller")
            image.draft("RGB", (_SIDE, _SIDE))
            if image.mode.startswith("I"):  # 16 bits
                return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, axis=2)
            smaller = max(1, max(image.size) // _SIDE)
            plain = image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")
            return np.asarray((plain.reduce(smaller) if smaller > 1 else plain).convert("RGB"))
    except _Unseen:
        raise
    except Exception as error:  # Pillow raises what its decoders happen to
        raise _Unseen("is damaged or of another kind") from error


def _looked_up(pixels: np.ndarray, uv: np.ndarray, texture: Texture) -> np.ndarray:
    """The colours (n, 3) of an image at texture coordinates (n, 2), which go on beyond 0 and 1."""
    height, width = pixels.shape[:2]
    whole = np.clip(uv * texture.scale + texture.offset, -1e6, 1e6)
    at = np.mod(whole, 1.0)
    at[(at == 0.0) & (whole > 0.0)] = 1.0  # an image's far edge is not its near one
    x = np.minimum((at[:, 0] * width).astype(np.int64), width - 1)
    y = np.minimum(((1.0 - at[:, 1]) * height).astype(np.int64), height - 1)
    colours: np.ndarray = pixels[y, x]
    return colours
