"""The images of a scan, which stay on its faces whatever moves them."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewright.core.exchange.shape import TextureMap
from facewright.core.reading.image_map import LARGEST_SIDE, MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from facewright.core.reading.surface import RawSurface


@dataclass(frozen=True, eq=False)
class ScanTexture:
    """Where in which image each face of a scan is.

    uv : (F, 3, 2) float32, v upwards, of each face's corners; image : (F,) int16, index into `images`, −1 for none;
    images : (height, width, 3) uint8 sRGB each.
    """

    uv: np.ndarray
    image: np.ndarray
    images: tuple[np.ndarray, ...]

    def of(self, faces: np.ndarray) -> ScanTexture:
        """Of some faces alone, (F,) bool or their numbers (n,)."""
        return replace(self, uv=self.uv[faces], image=self.image[faces])

    def turned(self) -> ScanTexture:
        """Of the faces seen from their other side, their corners in the reverse order."""
        return replace(self, uv=np.ascontiguousarray(self.uv[:, ::-1]))

    def corners(self, faces: np.ndarray) -> TextureMap:
        """The places in the images of the scan's faces (F, 3); those of one vertex that are the same are one."""
        rows = np.zeros(faces.size, dtype=[("vertex", "<i4"), ("u", "<f4"), ("v", "<f4")])
        rows["vertex"] = faces.reshape(-1)
        rows["u"], rows["v"] = self.uv.reshape(-1, 2).T
        _, first, number = np.unique(rows.view("V12"), return_index=True, return_inverse=True)
        uv = self.uv.reshape(-1, 2)[first]
        return TextureMap(uv, rows["vertex"][first], number.reshape(faces.shape).astype(np.int32))

    def arrays(self) -> dict[str, np.ndarray]:
        """As a file holds it, by name: images as PNG, which tells nothing of who took them."""
        images = {f"image_{n}": np.frombuffer(png(own), np.uint8) for n, own in enumerate(self.images)}
        return {"texture_uv": self.uv, "texture_image": self.image} | images


def scan_texture(raw: RawSurface, kept: np.ndarray) -> ScanTexture | None:
    """The images of a surface's triangles, of those kept (F,) bool; None where it has none."""
    images = raw.image_map
    if images is None or not len(raw.triangles):
        return None
    uv = np.nan_to_num(images.uv[raw.triangle_corners[kept]])
    return ScanTexture(uv, images.image[raw.triangle_polygon[kept]], images.images)


def texture_names(names: set[str]) -> list[str]:
    """Which of an archive's arrays are a texture's."""
    if not {"texture_uv", "texture_image"} <= names:
        return []
    return ["texture_uv", "texture_image", *_image_names(names)]


def unpacked_texture(arrays: Mapping[str, np.ndarray], faces: int) -> ScanTexture | None:
    """What `ScanTexture.arrays` told of a scan of so many faces; ValueError if it contradicts itself."""
    if "texture_uv" not in arrays:
        return None
    uv, image = arrays["texture_uv"], arrays["texture_image"]
    images: list[np.ndarray] = []
    for name in _image_names(arrays):
        images.append(_pixels(arrays[name], MOST_BYTES - sum(own.nbytes for own in images)))
    sound = uv.shape == (faces, 3, 2) and uv.dtype == np.float32 and np.isfinite(uv).all()
    sound = sound and image.shape == (faces,) and image.dtype == np.int16
    if not sound or (faces and (image.min() < -1 or image.max() >= len(images))):
        raise ValueError("a scan's texture cannot be")
    return ScanTexture(uv, image, tuple(images))


def _image_names(names: Container[str]) -> list[str]:
    """Which of an archive's arrays are images, in their order."""
    numbered = (f"image_{n}" for n in itertools.count())
    return list(itertools.takewhile(lambda name: name in names, numbered))


def png(pixels: np.ndarray) -> bytes:
    """An image as a PNG file, packed quickly rather than small."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def _pixels(packed: np.ndarray, most_bytes: int) -> np.ndarray:
    """An image (height, width, 3) uint8 of a PNG file's bytes; ValueError if it is none, or larger than that."""
    try:
        with Image.open(io.BytesIO(packed.tobytes()), formats=("PNG",)) as image:
            if max(image.size) > LARGEST_SIDE or 3 * image.width * image.height > most_bytes:
                raise ValueError("a scan's image is too large")
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise ValueError("a scan's image is damaged") from error
