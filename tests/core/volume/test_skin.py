"""The skin in a volume, against a head whose surface is known."""

from __future__ import annotations

import numpy as np
import pytest

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.volume.skin import Levels, find_levels, skin
from facewright.core.volume.volume import Modality, Volume
from tests.core.volume.phantom import HEAD_MM, SINUS_AT, SINUS_MM, Taken, blurred, density, head


def volume_of(taken: Taken, modality: Modality = "CT") -> Volume:
    row, column = taken.row * taken.spacing[2], taken.column * taken.spacing[1]
    return Volume(taken.values(), taken.origins(), row, column, modality)


def table(points: np.ndarray) -> np.ndarray:
    """The head on a table that it touches, with a tube at its nose and a wire over its brow."""
    sheet = np.abs(points[..., 1] - (HEAD_MM + 2.0)) - 3.0
    tube = np.linalg.norm(points[..., [0, 2]] - [8.0, 0.0], axis=-1) - 3.0
    tube = np.maximum(tube, points[..., 1] + 85.0)
    return np.maximum(density(points), np.maximum(blurred(sheet), blurred(tube)))


def test_levels_are_those_of_air_and_tissue() -> None:
    levels = find_levels(volume_of(Taken()))
    assert levels.air == pytest.approx(-1000.0, abs=10.0)
    assert levels.tissue == pytest.approx(40.0, abs=10.0)
    assert Levels(-1000.0, 40.0).threshold == -480.0


@pytest.mark.parametrize(
    "taken",
    [
        Taken(),
        Taken(spacing=(1.5, 2.2, 2.4), shape=(120, 85, 80)),
        Taken(tilt=0.4),
        Taken(tilt=-0.3, orientation=np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])),
    ],
    ids=["plain", "anisotropic", "tilted gantry", "sagittal, tilted"],
)
def test_the_surface_is_where_the_head_is(taken: Taken) -> None:
    scan = skin(volume_of(taken))
    assert scan.unit == "mm"
    off = np.abs(head(scan.points))
    assert off.mean() < 0.1
    assert np.percentile(off, 99.0) < 0.5
    assert np.linalg.norm(scan.points - SINUS_AT, axis=1).min() > SINUS_MM + 5.0  # the inside has no surface
    assert (scan.points[:, 1] < -80.0).any()  # the nose is there
    outward = (scan.normals * scan.points).sum(axis=1) > 0.0
    assert outward.mean() > 0.97


def test_a_skin_of_more_points_than_are_worked_with_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewright.core.volume.skin.MOST_POINTS", 2000)
    scan = skin(volume_of(Taken(shape=(60, 90, 90))))
    assert 500 < len(scan.points) <= 2000
    assert np.abs(head(scan.points)).mean() < 1.0


def test_slices_in_reversed_order_give_the_same_surface() -> None:
    one = volume_of(Taken(shape=(60, 90, 90)))
    other = skin(Volume(one.values[::-1], one.origins[::-1], one.row, one.column, "CT"))
    assert np.abs(head(other.points)).mean() < 0.1
    assert ((other.normals * other.points).sum(axis=1) > 0.0).mean() > 0.97


def test_table_and_tubes_are_removed_and_leave_no_wall() -> None:
    scan = skin(volume_of(Taken(density=table)))
    off = np.abs(head(scan.points))
    away = scan.points[:, 1] < 55.0  # where nothing touches
    assert np.percentile(off[away], 99.0) < 1.0
    assert off.max() < 8.0
    assert scan.points[:, 1].min() > -92.0  # the tube


def test_where_the_volume_ends_so_does_the_surface() -> None:
    scan = skin(volume_of(Taken(shape=(40, 90, 90))))
    assert np.abs(head(scan.points)).max() < 0.6
    assert scan.points[:, 2].max() == pytest.approx(48.75, abs=0.01)  # the last slice, and no cap over it
    last = np.abs(scan.points[:, 2]) > 47.0
    assert np.abs(scan.normals[last, 2]).max() < 0.75


def test_what_the_scanner_has_not_seen_makes_no_wall() -> None:
    whole = volume_of(Taken())
    values = whole.values.copy()
    values[:, :, 65:] = -3024.0  # in the middle of the head's left half
    scan = skin(Volume(values, whole.origins, whole.row, whole.column, "CT"))
    assert np.abs(head(scan.points)).max() < 0.6


def test_mr_has_levels_of_its_own_and_the_threshold_can_be_moved() -> None:
    ct = volume_of(Taken())
    noise = np.abs(np.random.default_rng(0).normal(0.0, 12.0, ct.values.shape))
    mr = Volume((ct.values + 1000.0) / 3.0 + noise.astype(np.float32), ct.origins, ct.row, ct.column, "MR")
    scan = skin(mr)
    assert np.abs(head(scan.points)).mean() < 0.2
    low, high = (np.linalg.norm(skin(mr, level).points, axis=1).mean() for level in (90.0, 260.0))
    assert 0.3 < low - high < 1.5  # the edge is 2 mm wide


@pytest.mark.parametrize("values", [np.zeros((20, 20, 20)), np.random.default_rng(0).normal(0, 9, (30, 30, 30))])
def test_what_has_no_skin_is_told(values: np.ndarray) -> None:
    volume = Volume(values.astype(np.float32), np.arange(len(values))[:, None] * np.eye(3)[2], *np.eye(3)[:2])
    with pytest.raises(FacewrightError, match="shows no skin"):
        skin(volume)
    with pytest.raises(FacewrightError, match="shows no skin"):
        skin(volume_of(Taken(shape=(20, 30, 30))), 5000.0)


def test_it_can_be_called_off() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        skin(volume_of(Taken()), check=stop)
