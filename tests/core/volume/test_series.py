"""DICOM folders: what is in them, in which order and where, whatever the files are called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless, RLELossless

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.volume import series as module
from facewright.core.volume.series import Series, find_series, read_series
from facewright.core.volume.skin import skin
from tests.core.volume.phantom import PATIENT, Taken, head, write_dicom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = Taken(shape=(20, 24, 28), spacing=(8.0, 7.0, 6.0))


def backwards(number: int) -> str:
    return f"IM{9999 - number}"


def only_series(path: Path) -> Series:
    (series,) = find_series(path)
    return series


@pytest.mark.parametrize(
    ("taken", "names"),
    [
        (Taken(shape=(60, 90, 90), spacing=(3.0, 2.0, 2.0)), backwards),
        (Taken(shape=(60, 90, 90), spacing=(3.0, 2.0, 2.0), tilt=0.35, slope=0.5), "{:d}.dcm".format),
    ],
    ids=["reversed order", "tilted gantry, slope"],
)
def test_a_folder_gives_the_head_where_it_was(tmp_path: Path, taken: Taken, names: Callable[[int], str]) -> None:
    write_dicom(tmp_path, taken, names=names)
    series = only_series(tmp_path)
    assert series.shape == (60, 90, 90)
    np.testing.assert_allclose(series.spacing, [3.0, 2.0, 2.0], atol=1e-5)
    volume = read_series(series)
    assert volume.modality == "CT"
    np.testing.assert_allclose(volume.values, taken.values(), atol=0.51)
    np.testing.assert_allclose(volume.origins, taken.origins(), atol=1e-5)
    assert np.abs(head(skin(volume).points)).mean() < 0.1


def test_nothing_of_the_headers_is_told(tmp_path: Path) -> None:
    uid = write_dicom(tmp_path, SMALL)
    series = only_series(tmp_path)
    volume = read_series(series)
    assert series.told == "CT, 28 × 24 × 20 voxels of 6 × 7 × 8 mm"
    kept = f"{series.told} {volume.notes} {volume.modality}"
    for secret in (*PATIENT.split("^"), "4711", "1970", "2024", uid):
        assert secret not in kept
    assert "apart" in volume.notes[0]


def test_series_that_lie_in_one_folder_are_parted(tmp_path: Path) -> None:
    write_dicom(tmp_path, SMALL, names="a{}".format)
    write_dicom(tmp_path, replace(SMALL, shape=(30, 24, 28), spacing=(5.0, 7.0, 6.0)), names="b{}".format)
    write_dicom(tmp_path, replace(SMALL, shape=(3, 24, 28)), names="scout{}".format)
    write_dicom(tmp_path / "inner", SMALL, modality="MR")
    found = find_series(tmp_path)
    assert [series.shape[0] for series in found] == [30, 20, 20]
    assert {series.modality for series in found} == {"CT", "MR"}
    of_one = find_series(tmp_path / "a7")
    assert [series.shape[0] for series in of_one] == [20]
    assert all(one.path.name.startswith("a") for one in of_one[0].slices)


def test_slices_of_two_times_at_one_place_are_two_series(tmp_path: Path) -> None:
    uid = write_dicom(tmp_path, SMALL, names="a{}".format)
    write_dicom(tmp_path, SMALL, names="b{}".format, SeriesInstanceUID=uid)
    assert [series.shape[0] for series in find_series(tmp_path)] == [20, 20]


def test_missing_slices_are_told(tmp_path: Path) -> None:
    write_dicom(tmp_path, SMALL, only=lambda number: number not in (7, 8, 14))
    with pytest.raises(FacewrightError, match="About 3 of the series' 20 slices are missing"):
        read_series(only_series(tmp_path))


def test_slices_that_are_evenly_or_nearly_evenly_apart_lack_none(tmp_path: Path) -> None:
    thin = replace(SMALL, spacing=(1.0, 7.0, 6.0))
    write_dicom(tmp_path, thin, only=lambda number: number != 7)
    volume = read_series(only_series(tmp_path))
    np.testing.assert_allclose(np.diff(volume.origins[:, 2]).max(), 2.0)


def test_what_is_packed_without_loss_is_read(tmp_path: Path) -> None:
    write_dicom(tmp_path, SMALL)
    for path in tmp_path.iterdir():
        data = pydicom.dcmread(path)
        data.compress(RLELossless)
        data.save_as(path)
    np.testing.assert_allclose(read_series(only_series(tmp_path)).values, SMALL.values(), atol=0.51)


def test_what_is_packed_in_a_way_that_is_not_read_is_told(tmp_path: Path) -> None:
    write_dicom(tmp_path, SMALL)
    for path in tmp_path.iterdir():
        data = pydicom.dcmread(path)
        data.file_meta.TransferSyntaxUID = JPEG2000Lossless
        data.PixelData = pydicom.encaps.encapsulate([b"no picture at all."])
        data["PixelData"].is_undefined_length = True
        data.save_as(path)
    with pytest.raises(FacewrightError, match="without compression"):
        read_series(only_series(tmp_path))


@pytest.mark.parametrize(
    ("number", "message"), [(0, "holds no DICOM files"), (5, "no series of 12 slices or more, but 5 at most")]
)
def test_folders_without_a_series_are_told(tmp_path: Path, number: int, message: str) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    if number:
        write_dicom(tmp_path, replace(SMALL, shape=(number, 24, 28)))
    with pytest.raises(FacewrightError, match=message):
        find_series(tmp_path)


def test_damaged_files_are_passed_over_and_told_where_there_are_no_others(tmp_path: Path) -> None:
    (tmp_path / "IM1").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 200)
    with pytest.raises(FacewrightError, match="damaged files alone"):
        find_series(tmp_path)
    write_dicom(tmp_path, SMALL, names="ok{}".format)
    assert only_series(tmp_path).shape[0] == 20
    with pytest.raises(FacewrightError, match="IM1 holds no picture"):
        find_series(tmp_path / "IM1")


def test_a_volume_that_is_finer_than_needed_is_joined_as_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dicom(tmp_path, SMALL)
    monkeypatch.setattr(module, "factors_for", lambda shape, spacing: (2, 1, 2))
    told: list[tuple[int, int]] = []
    volume = read_series(only_series(tmp_path), progress=lambda done, of: told.append((done, of)))
    assert volume.values.shape == (10, 24, 14)
    np.testing.assert_allclose(volume.spacing, [16.0, 7.0, 12.0], atol=1e-5)
    assert "joined to 12 × 7 × 16 mm" in volume.notes[0]
    assert told[-1] == (20, 20)


def test_reading_can_be_called_off(tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    write_dicom(tmp_path, SMALL)
    with pytest.raises(Cancelled):
        find_series(tmp_path, stop)
    with pytest.raises(Cancelled):
        read_series(only_series(tmp_path), stop)
