"""Files and folders of volumes, whatever wrote them: DICOM, NIfTI, NRRD and MetaImage, read by SimpleITK."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import SimpleITK as sitk

from facewright.core.errors import FacewrightError
from facewright.core.volume.headers import require_beside
from facewright.core.volume.kinds import ONE_FILE, is_volume
from facewright.core.volume.series import Series, find_series, read_series
from facewright.core.volume.volume import Volume, factors_for, reduced, told_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from facewright.core.volume.volume import Modality

LARGEST_BYTES = 3 * 1024**3
"""Of a volume in one file, unpacked: such files cannot be read in pieces."""
_FEWEST = 12
_AT_ONCE = 4 * 1024**2
"""Bytes of a file."""


@dataclass(frozen=True)
class WholeFile:
    """A volume that is one file."""

    path: Path
    told: str


Source = Series | WholeFile
"""A volume that can be read; `told` says what it is, in words."""


def find_volumes(path: Path, check: Callable[[], None] = lambda: None) -> tuple[Source, ...]:
    """What a folder or a file holds, the finest first.

    Raises FacewrightError if that is nothing that can be read; and what `check` raises.
    """
    if not path.exists():
        raise FacewrightError(f"There is no file or folder at {path}: check the path.")
    if not is_volume(path):
        raise FacewrightError(
            f"{path.name} is no volume that can be read: choose a DICOM folder, or a NIfTI, NRRD or MetaImage file."
        )
    if any(path.name.lower().endswith(f".{end}") for end in ONE_FILE):
        return (WholeFile(path, _told(_information(path))),)
    if path.is_file() and (frames := _frames(path)):
        return (frames,)
    return find_series(path, check)


def read_volume(
    source: Source, check: Callable[[], None] = lambda: None, progress: Callable[[int, int], None] = lambda n, of: None
) -> Volume:
    """The values of a volume. `progress` is told slices read, and of how many.

    Raises FacewrightError if it cannot be read; and what `check` raises.
    """
    if isinstance(source, Series):
        return read_series(source, check, progress)
    reader = _information(source.path)
    _check_length(source.path, reader, check)
    size = list(reader.GetSize())
    if len(size) > 3:  # of a film, the first volume
        reader.SetExtractSize([*size[:3], *([0] * (len(size) - 3))])
    try:
        image = reader.Execute()
        array = sitk.GetArrayViewFromImage(image)
    except (RuntimeError, MemoryError) as error:
        raise _damaged(source.path) from error
    check()
    step, origin = np.array(image.GetSpacing()), np.array(image.GetOrigin())
    turn = np.array(image.GetDirection()).reshape(3, 3)
    shape = cast("tuple[int, int, int]", array.shape)
    factors = factors_for(shape, step[::-1])
    origins = origin + np.arange(shape[0])[:, None] * turn[:, 2] * step[2]
    row, column = turn[:, 0] * step[0], turn[:, 1] * step[1]
    slabs: list[Volume] = []
    for start in range(0, shape[0] - factors[0] + 1, factors[0]):
        check()
        some = slice(start, start + factors[0])
        values = np.nan_to_num(array[some].astype(np.float32), posinf=0.0, neginf=0.0)
        slabs.append(reduced(Volume(values, origins[some], row, column), factors))
        progress(start + factors[0], shape[0])
    values = np.concatenate([slab.values for slab in slabs])
    notes = (f"Its voxels, finer than needed, were joined to {told_size(step[::-1] * factors)}.",)
    where = np.concatenate([slab.origins for slab in slabs])
    modality: Modality = "CT" if -1100.0 < np.percentile(values[::4, ::4, ::4], 5.0) < -900.0 else "volume"  # air
    told = notes if max(factors) > 1 else ()
    return Volume(values, where, slabs[0].row, slabs[0].column, modality, told)


def _information(path: Path) -> sitk.ImageFileReader:
    """A reader that has read the header.

    Raises FacewrightError if that cannot be, what it tells of is no volume of a size that can be read, or its values
    are elsewhere.
    """
    require_beside(path)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.LoadPrivateTagsOff()
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        if "rthonormal" in str(error):
            raise FacewrightError(
                f"{path.name} has skewed axes, which are not read: resample it onto a straight grid first."
            ) from error
        raise _damaged(path) from error
    size = reader.GetSize()
    if reader.GetNumberOfComponents() != 1:
        raise FacewrightError(f"{path.name} has colours or vectors and no densities: choose a CT or MR volume.")
    if len(size) < 3 or min(size[:3]) < _FEWEST:
        raise FacewrightError(f"{path.name} has less than {_FEWEST} slices: choose a whole volume.")
    if np.prod([float(n) for n in size[:3]]) * 4 > LARGEST_BYTES:
        raise FacewrightError(f"{path.name} is larger than can be read: crop it to the head first.")
    return reader


def _check_length(path: Path, reader: sitk.ImageFileReader, check: Callable[[], None]) -> None:
    """Refuse a NIfTI file that is cut short, in place of whose end SimpleITK gives what happens to be in memory.

    Raises FacewrightError if it is; and what `check` raises.
    """
    name = path.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        return
    start, bits = (int(float(reader.GetMetaData(key))) for key in ("vox_offset", "bitpix"))
    missing = start + int(np.prod([int(n) for n in reader.GetSize()[:3]])) * bits // 8
    try:
        with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
            while part := file.read(_AT_ONCE):  # to the end of a packed one, where its checksum is
                check()
                missing -= len(part)
                if missing < -_AT_ONCE:  # a film
                    break
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path) from error
    if missing > 0:
        raise _damaged(path)


def _frames(path: Path) -> WholeFile | None:
    """A DICOM file as a volume of its own, if it holds many frames."""
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    size = reader.GetSize()
    return WholeFile(path, _told(_information(path))) if len(size) > 2 and size[2] > 1 else None


def _told(reader: sitk.ImageFileReader) -> str:
    size, spacing = reader.GetSize()[:3], np.array(reader.GetSpacing())[:3]
    return f"{' × '.join(map(str, size))} voxels of {told_size(spacing[::-1])}"


def _damaged(path: Path) -> FacewrightError:
    return FacewrightError(f"{path.name} cannot be read, it is damaged or cut short: export it again.")
