"""Volumes in one file each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk

from facewright.core.errors import FacewrightError
from facewright.core.volume import volume_file as module
from facewright.core.volume.skin import skin
from facewright.core.volume.volume_file import find_volumes, read_volume
from tests.core.volume.phantom import Taken, head, write_dicom

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = Taken(shape=(50, 80, 70), spacing=(3.2, 2.2, 2.4), orientation=np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]))


def written(path: Path, taken: Taken = TAKEN, kind: type = np.int16) -> Path:
    image = sitk.GetImageFromArray(np.rint(taken.values()).astype(kind))
    image.SetSpacing(taken.spacing[::-1])
    image.SetOrigin(taken.origins()[0].tolist())
    along = np.cross(taken.row, taken.column)
    image.SetDirection(np.stack([taken.row, taken.column, along], axis=1).ravel().tolist())
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("name", ["head.nii", "head.nii.gz", "head.nrrd", "head.nhdr", "head.mha", "head.mhd"])
def test_every_format_gives_the_head_where_it_was(tmp_path: Path, name: str) -> None:
    (source,) = find_volumes(written(tmp_path / name))
    assert source.told == "70 × 80 × 50 voxels of 2.4 × 2.2 × 3.2 mm"
    volume = read_volume(source)
    np.testing.assert_allclose(volume.values, TAKEN.values(), atol=0.51)
    np.testing.assert_allclose(volume.origins, TAKEN.origins(), atol=1e-3)
    assert volume.modality == "CT"
    if name == "head.nii":
        assert np.abs(head(skin(volume).points)).mean() < 0.15


def test_folders_of_slices_and_single_slices_are_series(tmp_path: Path) -> None:
    small = Taken(shape=(14, 20, 20), spacing=(8.0, 8.0, 8.0))
    write_dicom(tmp_path / "series", small)
    (of_folder,), (of_file,) = find_volumes(tmp_path / "series"), find_volumes(tmp_path / "series" / "IM0003")
    for source in (of_folder, of_file):
        np.testing.assert_allclose(read_volume(source).values, small.values(), atol=0.51)


def test_a_film_gives_its_first_volume(tmp_path: Path) -> None:
    small = Taken(shape=(14, 20, 22))
    first = sitk.GetImageFromArray(small.values())
    film = sitk.JoinSeries([first, first + 500.0])
    sitk.WriteImage(film, str(tmp_path / "film.nii"))
    (source,) = find_volumes(tmp_path / "film.nii")
    np.testing.assert_allclose(read_volume(source).values, small.values(), atol=1e-3)


def test_a_volume_that_is_finer_than_needed_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "factors_for", lambda shape, spacing: (1, 2, 2))
    (source,) = find_volumes(written(tmp_path / "head.nrrd"))
    volume = read_volume(source)
    assert volume.values.shape == (50, 40, 35)
    assert "joined to 4.8 × 4.4 × 3.2 mm" in volume.notes[0]


@pytest.mark.parametrize("name", ["head.nii", "head.nii.gz", "head.nrrd", "head.mha"])
@pytest.mark.parametrize("share", [0.4, 0.999])
def test_a_file_that_is_cut_short_is_refused_and_never_filled_up(tmp_path: Path, name: str, share: float) -> None:
    path = written(tmp_path / name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    (source,) = find_volumes(path)
    with pytest.raises(FacewrightError, match="damaged or cut short"):
        read_volume(source)


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(path: Path) -> str:
        with pytest.raises(FacewrightError) as error:
            read_volume(find_volumes(path)[0])
        return str(error.value)

    assert "no file or folder" in told(tmp_path / "missing.nii")
    (tmp_path / "text.txt").write_text("no volume")
    assert "is no volume" in told(tmp_path / "text.txt")
    for name in ("a.nii", "a.nrrd", "a.mha", "a.nii.gz"):
        (tmp_path / name).write_bytes(b"nothing like it" * 40)
        assert f"{name} cannot be read, it is damaged" in told(tmp_path / name)
    whole = written(tmp_path / "cut.nrrd").read_bytes()
    (tmp_path / "cut.nrrd").write_bytes(whole[: len(whole) // 2])
    assert "damaged or cut short" in told(tmp_path / "cut.nrrd")
    assert "less than 12 slices" in told(written(tmp_path / "flat.nii", replace(TAKEN, shape=(5, 30, 30))))
    colours = sitk.GetImageFromArray(np.zeros((20, 20, 20, 3), np.uint8), isVector=True)
    sitk.WriteImage(colours, str(tmp_path / "colours.nrrd"))
    assert "colours or vectors" in told(tmp_path / "colours.nrrd")
    monkeypatch.setattr(module, "LARGEST_BYTES", 1000)
    assert "crop it" in told(written(tmp_path / "large.nii"))
