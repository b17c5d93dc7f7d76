"""Which files and folders may hold a volume, told from their names and first bytes, without reading more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ONE_FILE = ("nii", "nii.gz", "nrrd", "nhdr", "mha", "mhd")
"""Ends of files that hold a volume each."""
SLICES = ("dcm", "ima", "dicom")
"""Ends of DICOM files; many have none."""

_PREAMBLE, _MAGIC = 128, b"DICM"


def is_volume(path: Path) -> bool:
    """Whether a path may be a volume: a folder, a DICOM file, or a NIfTI, NRRD or MetaImage file."""
    name = path.name.lower()
    if any(name.endswith(f".{end}") for end in (*ONE_FILE, *SLICES)):
        return True
    return path.is_dir() or is_dicom(path)


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM files do."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(_PREAMBLE + len(_MAGIC))[_PREAMBLE:] == _MAGIC
    except OSError:
        return False
