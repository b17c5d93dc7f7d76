"""Moving pictures as files: animated WebP, APNG or GIF, which need no player of their own, and MP4 by ffmpeg."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES
from facewright.core.sculpt.dabs import toward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

    from facewright.core.parameters import Parameters
    from facewright.editor.viewport.pose import Pose

FRAMES_PER_SECOND = 25
"""A GIF counts time in hundredths of a second: 25 is the quickest common rate that it can keep."""

MP4 = ".mp4"

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        **({MP4: "MP4: plays in every video player"} if find_spec("imageio_ffmpeg") else {}),
        ".webp": "WebP: small, in full colour",
        ".png": "Animated PNG: without loss",
        ".gif": "GIF: plays everywhere, in 256 colours",
    }
)
"""What a film can be written as, by the ending of its file; MP4 where the extra `mp4` is installed."""

_OPTIONS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        ".webp": {"quality": 88, "method": 3},
        ".png": {},
        ".gif": {"optimize": False, "disposal": 1},
    }
)


def turntable(pose: Pose, count: int) -> list[Pose]:
    """`count` poses once round the head, the first where the camera stands; the last is a step before it again."""
    return [pose.orbited(360.0 * index / count, 0.0) for index in range(count)]


def there_and_back(count: int) -> list[float]:
    """Shares of the way at `count` moments: from 0 to 1, where it rests, and back to 0, slowly at the ends."""
    cycle = np.linspace(0.0, 2.0, count, endpoint=False)
    way = np.clip(1.35 * (1.0 - np.abs(1.0 - cycle)) - 0.175, 0.0, 1.0)  # the rest at both ends
    return (way**2 * (3.0 - 2.0 * way)).tolist()


def between(before: Parameters, after: Parameters, share: float) -> Parameters:
    """The head a share (0 to 1) of the way from one to another: in every code, in operations and in brush work."""
    head = before
    for code in CODES:
        head = head.toward(after, code, share)
    return replace(head, plan=before.plan.toward(after.plan, share), dabs=toward(before.dabs, after.dabs, share))


def require_film(path: Path) -> None:
    """Raise FacewrightError if a path ends in none of `FORMATS`."""
    suffix = path.suffix.lower()
    if suffix == MP4 and suffix not in FORMATS:
        raise FacewrightError("MP4 needs the package imageio-ffmpeg: install it, or let the name end in .webp.")
    if suffix not in FORMATS:
        raise FacewrightError(f"{path.name} is no film: let its name end in {', '.join(FORMATS)}.")


def encoded(frames: Sequence[Image.Image], path: Path) -> bytes:
    """An endless film of equally large pictures in the format that the path ends in.

    Raises FacewrightError as `require_film` does, and if ffmpeg cannot write it.
    """
    require_film(path)
    suffix = path.suffix.lower()
    if suffix == MP4:
        return _mp4(frames)
    stream = io.BytesIO()
    first, *rest = frames
    first.save(
        stream,
        suffix.removeprefix(".").upper(),
        save_all=True,
        append_images=rest,
        duration=round(1000 / FRAMES_PER_SECOND),
        loop=0,
        **_OPTIONS[suffix],
    )
    return stream.getvalue()


def _mp4(frames: Sequence[Image.Image]) -> bytes:
    """H.264, which wants even sides: a last odd row or column is left out."""
    ffmpeg = import_module("imageio_ffmpeg")
    width, height = (side - side % 2 for side in frames[0].size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        writer = ffmpeg.write_frames(
            str(path), (width, height), fps=FRAMES_PER_SECOND, codec="libx264", quality=8, macro_block_size=2
        )
        try:
            writer.send(None)
            for frame in frames:
                writer.send(frame.convert("RGB").crop((0, 0, width, height)).tobytes())
        except OSError as error:
            raise FacewrightError(f"ffmpeg cannot write the film: {error}. Let its name end in .webp.") from None
        finally:
            writer.close()
        return path.read_bytes()
