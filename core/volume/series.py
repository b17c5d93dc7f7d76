"""DICOM: which series of slices a folder holds, and a series as a volume.

Of the headers only geometry, modality, compression and what parts one series from another are looked at; names, dates
and numbers of patients and studies are neither kept nor shown. Slices are ordered and placed by where they were taken
(Image Position, Image Orientation), not by their numbers or names.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import SimpleITK as sitk

from facewright.core.errors import FacewrightError
from facewright.core.volume.kinds import SLICES, is_dicom
from facewright.core.volume.volume import Volume, factors_for, reduced, told_size

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from facewright.core.volume.volume import Modality

_SERIES, _ECHO, _TYPE, _MODALITY, _SYNTAX = "0020|000e", "0018|0081", "0008|0008", "0008|0060", "0002|0010"
_MODALITIES: dict[str, Modality] = {"CT": "CT", "MR": "MR"}
_MOST_FILES = 20_000
_FEWEST = 12
"""Slices of a series that may show a head: scouts and single pictures have less."""
_GAP, _GAP_MM = 1.6, 3.0
"""A step from slice to slice that is so many times the usual one, and larger than so much, is one where slices lack."""
_THICK_MM = 6.0
_SAME_MM = 0.01


class _Slice(NamedTuple):
    """A file, and where its slice lies: origin (3,), row and column (3,) from voxel to voxel, mm; (width, height)."""

    path: Path
    origin: np.ndarray
    row: np.ndarray
    column: np.ndarray
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Series:
    """Slices of one orientation and size, in the order in which they lie.

    shape : (K, J, I) voxels; spacing : (3,) float64, mm, in K, J and I; lacking : how many slices seem to be missing.
    """

    slices: tuple[_Slice, ...]
    modality: Modality
    shape: tuple[int, int, int]
    spacing: np.ndarray
    lacking: int = 0

    @property
    def told(self) -> str:
        """What it is, in words."""
        k, j, i = self.shape
        return f"{self.modality}, {i} × {j} × {k} voxels of {told_size(self.spacing)}"


def find_series(path: Path, check: Callable[[], None] = lambda: None) -> tuple[Series, ...]:
    """The series of a folder and the folders in it, or the one that a DICOM file belongs to; the finest first.

    Raises FacewrightError if there is none with slices enough; and what `check` raises.
    """
    single = path.is_file()
    groups: dict[Hashable, list[_Slice]] = defaultdict(list)
    broken, own = 0, None
    modalities: dict[Hashable, Modality] = {}
    for file in _dicom_files(path.parent if single else path, inner=not single):
        check()
        read = _header(file)
        if read is None:
            broken += 1
            continue
        key, modality, one = read
        groups[key].append(one)
        modalities[key] = modality
        own = key if single and file == path else own
    if single and own is None:
        raise FacewrightError(f"{path.name} holds no picture that can be read: choose a slice of CT or MR.")
    wanted = {own: groups[own]} if single else groups
    series = [one for key, slices in wanted.items() for one in _stacks(slices, modalities[key])]
    if not series:
        most = max((len(slices) for slices in wanted.values()), default=0)
        if not most:
            what = "damaged files alone" if broken else "no DICOM files"
            raise FacewrightError(f"{path.name} holds {what}: choose the folder of a CT or MR series.")
        raise FacewrightError(
            f"{path.name} holds no series of {_FEWEST} slices or more, but {most} at most: "
            "choose the folder of the whole series."
        )
    return tuple(sorted(series, key=lambda one: -_worth(one)))


def read_series(
    series: Series, check: Callable[[], None] = lambda: None, progress: Callable[[int, int], None] = lambda n, of: None
) -> Volume:
    """The volume of a series, in Hounsfield units where it is CT; coarser than its files where those are too fine.

    progress : told slices read, and of how many.
    Raises FacewrightError if slices lack, or one cannot be read; and what `check` raises.
    """
    if series.lacking:
        raise FacewrightError(
            f"About {series.lacking} of the series' {series.shape[0] + series.lacking} slices are missing: "
            "copy all of its files, or choose another series."
        )
    factors = factors_for(series.shape, series.spacing)
    slabs, origins = [], []
    for start in range(0, series.shape[0] - factors[0] + 1, factors[0]):
        check()
        some = series.slices[start : start + factors[0]]
        values = np.stack([_pixels(one) for one in some])
        slab = reduced(Volume(values, np.stack([one.origin for one in some]), some[0].row, some[0].column), factors)
        slabs.append(slab.values)
        origins.append(slab.origins)
        progress(start + len(some), series.shape[0])
    notes = []
    if max(factors) > 1:
        notes.append(f"Its voxels, finer than needed, were joined to {told_size(series.spacing * factors)}.")
    if series.spacing[0] > _THICK_MM / 2:
        notes.append(f"Its slices are {series.spacing[0]:.1f} mm apart: the surface is rough between them.")
    first = series.slices[0]
    return Volume(
        np.concatenate(slabs), np.concatenate(origins), first.row * factors[2], first.column * factors[1],
        series.modality, tuple(notes),
    )  # fmt: skip


def _dicom_files(folder: Path, *, inner: bool) -> Iterable[Path]:
    """The files of a folder, and of those in it if `inner`, that may be DICOM, in order of their names.

    Raises FacewrightError if it cannot be read, or holds far too many.
    """
    paths: list[Path] = []

    def unreadable(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise FacewrightError(f"{folder.name} cannot be read ({error.strerror}): choose another folder.") from error

    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders.sort()
        if not inner:
            folders.clear()
        paths += [Path(place, name) for name in sorted(names)]
        if len(paths) > _MOST_FILES:
            raise FacewrightError(
                f"{folder.name} holds more than {_MOST_FILES:,} files: choose the folder of one series."
            )
    return (path for path in paths if path.suffix.lower().removeprefix(".") in SLICES or is_dicom(path))


def _header(path: Path) -> tuple[Hashable, Modality, _Slice] | None:
    """What a slice belongs to, what took it, and where it lies; None if the file holds no slice."""
    reader = _reader(path)
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    size = reader.GetSize()
    if reader.GetNumberOfComponents() != 1 or (len(size) > 2 and size[2] != 1) or min(size[:2]) < 16:
        return None  # colours, or many frames in one file, which are read as a volume of their own
    spacing, origin = np.array(reader.GetSpacing()), np.array(reader.GetOrigin())
    if len(origin) < 3 or not np.isfinite([*spacing, *origin]).all():
        return None
    turn = np.array(reader.GetDirection()).reshape(len(size), len(size))
    row, column = turn[:, 0] * spacing[0], turn[:, 1] * spacing[1]
    kind = reader.GetMetaData(_TYPE).upper() if reader.HasMetaDataKey(_TYPE) else ""
    key = (
        reader.GetMetaData(_SERIES) if reader.HasMetaDataKey(_SERIES) else str(path.parent),
        reader.GetMetaData(_ECHO) if reader.HasMetaDataKey(_ECHO) else "",
        "LOCALIZER" in kind,
        size[:2],
        tuple(np.round([*row, *column], 3)),
    )
    told = reader.GetMetaData(_MODALITY).strip() if reader.HasMetaDataKey(_MODALITY) else ""
    return key, _MODALITIES.get(told, "volume"), _Slice(path, origin, row, column, (size[0], size[1]))


def _stacks(slices: Sequence[_Slice], modality: Modality) -> list[Series]:
    """Series of slices that lie behind each other; where several lie at one place, each in one of its own."""
    normal = np.cross(slices[0].row, slices[0].column)
    normal /= max(float(np.linalg.norm(normal)), 1e-12)
    depth = np.array([one.origin @ normal for one in slices])
    stacks: list[list[int]] = []
    for index in np.argsort(depth, kind="stable"):
        for stack in stacks:
            if depth[index] - depth[stack[-1]] > _SAME_MM:
                stack.append(int(index))
                break
        else:
            stacks.append([int(index)])
    return [_series([slices[i] for i in stack], modality) for stack in stacks if len(stack) >= _FEWEST]


def _series(slices: list[_Slice], modality: Modality) -> Series:
    steps = np.linalg.norm(np.diff([one.origin for one in slices], axis=0), axis=1)
    usual = float(np.median(steps))
    wide = steps[(steps > _GAP * usual) & (steps > _GAP_MM)]
    lacking = int(np.rint(wide / usual - 1.0).clip(1).sum()) if len(wide) else 0
    first = slices[0]
    spacing = np.array([usual, np.linalg.norm(first.column), np.linalg.norm(first.row)])
    shape = (len(slices), first.size[1], first.size[0])
    return Series(tuple(slices), modality, shape, spacing, lacking)


def _worth(series: Series) -> float:
    """How well a series may show a head: by the space that it spans, and how finely."""
    span = np.minimum(series.spacing * series.shape, 300.0)
    return float(np.prod(span) / series.spacing.max())


def _pixels(one: _Slice) -> np.ndarray:
    """The values (J, I) float32 of a slice, rescaled as its header says."""
    reader = _reader(one.path)
    try:
        values: np.ndarray = sitk.GetArrayFromImage(reader.Execute())
    except (RuntimeError, MemoryError) as error:
        packed = reader.HasMetaDataKey(_SYNTAX) and "1.2.840.10008.1.2.4." in reader.GetMetaData(_SYNTAX)
        how = "is damaged, or packed in a way that is not read" if packed else "is damaged"
        raise FacewrightError(f"A slice of the series {how}: export the series again, without compression.") from error
    if values.size != one.size[0] * one.size[1]:
        raise FacewrightError("A slice of the series changed while it was read: choose the series again.")
    return values.reshape(one.size[::-1]).astype(np.float32)


def _reader(path: Path) -> sitk.ImageFileReader:
    sitk.ProcessObject.SetGlobalWarningDisplay(False)  # it would tell paths and headers in the terminal
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    reader.LoadPrivateTagsOff()
    return reader
