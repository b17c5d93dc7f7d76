"""A header names files in its folder alone; what SimpleITK would open elsewhere is refused before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk

from facewright.core.errors import FacewrightError
from facewright.core.volume import headers
from facewright.core.volume.headers import require_beside
from facewright.core.volume.volume_file import find_volumes, read_volume

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 16
VALUES = np.random.default_rng(0).integers(-1000, 1000, (SIZE, SIZE, SIZE)).astype("<i2")
NRRD = f"NRRD0004\ntype: int16\ndimension: 3\nsizes: {SIZE} {SIZE} {SIZE}\nendian: little\nencoding: raw\n"
META = f"ObjectType = Image\nNDims = 3\nDimSize = {SIZE} {SIZE} {SIZE}\nElementType = MET_SHORT\n"
SLICES = [f"slice{number:02d}.raw" for number in range(SIZE)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with values as one file and as slices, in a folder that has the same."""
    inner = tmp_path / "study"
    inner.mkdir()
    (inner / "below").mkdir()
    for place in (tmp_path, inner, inner / "below"):
        (place / "values.raw").write_bytes(VALUES.tobytes())
        for name, values in zip(SLICES, VALUES, strict=True):
            (place / name).write_bytes(values.tobytes())
    return inner


def listed(folder: str) -> str:
    return "\n".join(f"{folder}{name}" for name in SLICES)


OWN = [
    ("a.nhdr", NRRD + "data file: values.raw\n"),
    ("a.nhdr", NRRD + "data file: ./values.raw\n"),
    ("a.nhdr", NRRD + "# data file elsewhere\ndata file: below/values.raw\n"),
    ("a.nhdr", NRRD + f"data file: LIST\n{listed('')}\n"),
    ("a.nhdr", NRRD + "data file: slice%02d.raw 0 15 1\n"),
    ("a.nrrd", NRRD + "\n" + VALUES.tobytes().decode("latin-1")),
    ("a.mhd", META + "ElementDataFile = values.raw\n"),
    ("a.mhd", META + f"ElementDataFile = LIST\n{listed('')}\n"),
    ("a.mhd", META + "ElementDataFile = slice%02d.raw 0 15 1\n"),
    ("a.mha", META + "ElementDataFile = LOCAL\n" + VALUES.tobytes().decode("latin-1")),
]
ELSEWHERE = [
    ("a.nhdr", NRRD + "data file: ../values.raw\n"),
    ("a.nhdr", NRRD + "data file: {root}/values.raw\n"),
    ("a.nhdr", NRRD + "DATA FILE: below/../../values.raw\n"),
    ("a.nhdr", NRRD + f"data file: LIST\n{listed('../')}\n"),
    ("a.nhdr", NRRD + f"datafile: LIST 2\n{listed('../')}\n"),
    ("a.nhdr", NRRD + "data file: ../slice%02d.raw 0 15 1\n"),
    ("a.nhdr", (NRRD + "data file: ../values.raw\n").replace("\n", "\r\n")),
    ("a.nhdr", (NRRD + "data file: ../values.raw\n").replace("\n", "\r")),
    ("a.nrrd", NRRD + "data file: ../values.raw\n\n"),
    ("a.mhd", META + "ElementDataFile = ../values.raw\n"),
    ("a.mhd", META + "ElementDataFile={root}/values.raw\n"),
    ("a.mhd", META + "ElementDataFile: ../values.raw\r\n"),
    ("a.mhd", META + f"ElementDataFile = LIST 2D\n{listed('../')}\n"),
    ("a.mhd", META + "ElementDataFile = ../slice%02d.raw 0 15 1\n"),
    ("a.mhd", META + "Comment = ElementDataFile = LOCAL\nElementDataFile = ../values.raw\n"),
    ("a.mha", META + "ElementDataFile = ../values.raw\n"),
]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.replace("{root}", str(folder.parent)).encode("latin-1"))
    return path


@pytest.mark.parametrize(("name", "text"), OWN)
def test_values_in_the_file_or_beside_it_are_read(folder: Path, name: str, text: str) -> None:
    (source,) = find_volumes(written(folder, name, text))
    np.testing.assert_array_equal(read_volume(source).values, VALUES)


@pytest.mark.parametrize(("name", "text"), ELSEWHERE)
def test_values_elsewhere_would_be_read_and_are_refused(folder: Path, name: str, text: str) -> None:
    path = written(folder, name, text)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), VALUES)
    with pytest.raises(FacewrightError, match="only files in its folder are opened: export it again"):
        find_volumes(path)


def test_a_header_that_was_moved_without_its_values_says_which_file_it_needs(tmp_path: Path) -> None:
    path = written(tmp_path, "a.mhd", META + "ElementDataFile = values.raw\n")
    with pytest.raises(FacewrightError, match=r"a\.mhd has its values in values\.raw, which is not beside it"):
        find_volumes(path)


@pytest.mark.parametrize("value", ["%s%n 0 15 1", "%d%d.raw 0 15 1", "slice%02d.raw 0 15 0", "slice%02d.raw"])
def test_patterns_that_are_none_are_refused_before_a_reader_sees_them(folder: Path, value: str) -> None:
    for name, text in (("a.nhdr", f"{NRRD}data file: {value}\n"), ("a.mhd", f"{META}ElementDataFile = {value}\n")):
        with pytest.raises(FacewrightError, match="export it again as one file"):
            require_beside(written(folder, name, text))


def test_headers_and_lists_without_end_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = written(folder, "a.nhdr", NRRD + "data file: slice%1d.raw 0 999999999 1\n")
    monkeypatch.setattr(headers, "file_beside", lambda path, name: path.parent / name)
    with pytest.raises(FacewrightError, match="larger than any"):
        require_beside(endless)
    with pytest.raises(FacewrightError, match="larger than any"):
        require_beside(written(folder, "b.nrrd", NRRD + "# much\n" * 700_000))
    for name, text in (("c.nhdr", f"{NRRD}data file: LIST\n"), ("c.mhd", f"{META}ElementDataFile = LIST\n")):
        with pytest.raises(FacewrightError, match="larger than any"):
            require_beside(written(folder, name, text + "values.raw\n" * 700_000))
