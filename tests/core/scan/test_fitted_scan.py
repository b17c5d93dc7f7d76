"""A fitted scan stays with the heads made from it, in memory and in a project's file."""

import io
import json
import zipfile
from types import MappingProxyType

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import EditState, Project, Step, Variant
from facewright.core.project_file import load, save
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import Residual, ScanFit

FITTED = Parameters(nose=(1.0, -0.5), remainder=(0.25,))
POSE = Alignment(Rotation.from_rotvec([0.3, -2.0, 1.0]).as_matrix(), np.array([5.0, -300.0, 40.0]), 10.0, 0.9, 1.2)


def some_scan(*, colours: bool = True, faces: bool = True) -> FittedScan:
    rng = np.random.default_rng(0)
    points = rng.uniform(-20.0, 20.0, (700, 3))
    corners = rng.integers(0, 700, (900 if faces else 0, 3))
    colour = rng.integers(0, 256, (700, 3)).astype(np.uint8) if colours else None
    residual = rng.normal(0.0, 1.0, 700).astype(np.float32)
    residual[::7] = np.nan
    regions = MappingProxyType({"face": Residual(0.6, 1.5, 600), "nose": Residual(0.4, 1.0, 250)})
    fit = ScanFit(FITTED, POSE, residual, regions, np.linspace(4.0, 0.5, 30), True)
    return FittedScan("Größe 7", "cm", Scan(points, corners, colour), fit, by_landmarks=True)


def project_with(*scans: FittedScan) -> Project:
    state = EditState()
    steps = [Step("Start", state)]
    for scan in scans:
        state = state.branched("Scan", FITTED, scan)
        steps += [Step("Fit", state), Step("Nose", state := state.edited(FITTED.with_value("nose", 0, 3.0)))]
    return Project("m", "f", tuple(steps), len(steps) - 1)


def test_a_scan_that_is_renamed_is_not_packed_again():
    scan = some_scan()
    packed = scan.packed
    named = scan.named("Before surgery")
    assert named.name == "Before surgery"
    assert named.packed is packed
    assert named.fit is scan.fit


@pytest.mark.parametrize(("colours", "faces"), [(True, True), (False, False)])
def test_a_scan_comes_back_from_a_project(tmp_path, colours, faces):
    scan = some_scan(colours=colours, faces=faces)
    save(project_with(scan), tmp_path / "mine.facewright")
    loaded = load(tmp_path / "mine.facewright")
    back = loaded.state.variant.scan
    assert back is not None
    assert loaded.steps[1].state.variant.scan is back
    assert loaded.steps[0].state.variant.scan is None
    np.testing.assert_array_equal(back.points, scan.points)  # landmarks are where they were, and plans hold
    np.testing.assert_allclose(back.scan.points, scan.scan.points, atol=1e-5)
    np.testing.assert_array_equal(back.scan.faces, scan.scan.faces)
    np.testing.assert_array_equal(back.fit.residual, scan.fit.residual)
    assert (back.scan.colours is None) == (not colours)
    if colours:
        np.testing.assert_array_equal(back.scan.colours, scan.scan.colours)
    np.testing.assert_array_equal(back.fit.alignment.rotation, POSE.rotation)
    assert (back.name, back.unit, back.by_landmarks) == ("Größe 7", "cm", True)
    assert (back.fit.parameters, back.fit.regions, back.fit.complete) == (FITTED, dict(scan.fit.regions), True)
    assert back.fit.verdict == scan.fit.verdict


def test_a_scan_is_kept_once_however_many_steps_go_back_to_it(tmp_path):
    first, second = some_scan(), some_scan()
    save(project_with(first, second), tmp_path / "mine.facewright")
    with zipfile.ZipFile(tmp_path / "mine.facewright") as file:
        assert sorted(name for name in file.namelist() if name.startswith("scan")) == ["scan-0.npz", "scan-1.npz"]
        assert file.read("scan-0.npz") is not first.packed
        assert file.read("scan-0.npz") == first.packed
    assert first.packed is first.packed  # compressed once, for the project is saved often


def test_heads_made_from_a_scan_keep_it_and_others_have_none():
    scan = some_scan()
    state = EditState().branched("Scan", FITTED, scan)
    edited = state.edited(Parameters())
    assert edited.variant.scan is scan
    assert edited.branched("After").variant.scan is scan
    assert edited.branched("Other", Parameters()).variant.scan is None
    assert edited.activated(0).variant.scan is None


def test_a_fitted_head_of_another_models_width_is_refused():
    project = project_with(some_scan())
    project.check_model("m", ["f"], dict.fromkeys(CODES, 2))
    with pytest.raises(FacewrightError, match="does not have"):
        project.check_model("m", ["f"], {**dict.fromkeys(CODES, 2), "nose": 1})


def test_a_project_of_the_first_format_still_opens(tmp_path):
    path = tmp_path / "old.facewright"
    head = Variant("Head 1", FITTED)
    save(Project("m", "f", (Step("Start", EditState((head,))),), 0), path)
    rewritten(path, lambda record, arrays: (record.pop("scans"), record.update(format_version=1)))
    assert load(path).state.variant == head


@pytest.mark.parametrize("change", [
    lambda record, arrays: record["scans"][0].pop("unit"),
    lambda record, arrays: record["scans"][0].update(unit="inch"),
    lambda record, arrays: record["scans"][0].update(head=99),
    lambda record, arrays: record["scans"][0]["alignment"].update(mm_per_unit=0.0),
    lambda record, arrays: record["scans"][0]["regions"]["face"].pop("p95_mm"),
    lambda record, arrays: record.update(scans=[]),
    lambda record, arrays: record["steps"][1]["variants"][1].update(scan=-1),
    lambda record, arrays: arrays.pop("points"),
    lambda record, arrays: arrays.update(points=np.full((700, 3), np.nan, np.float32)),
    lambda record, arrays: arrays.update(faces=np.full((3, 3), 700, np.int32)),
    lambda record, arrays: arrays.update(faces=np.zeros((3, 3))),
    lambda record, arrays: arrays.update(colours=np.zeros((3, 3), np.uint8)),
    lambda record, arrays: arrays.update(residual=np.zeros(3, np.float32)),
    lambda record, arrays: arrays.update(residual=np.full(700, "far")),
    lambda record, arrays: arrays.update(history=np.full(30, "long")),
    lambda record, arrays: arrays.update(rotation=np.zeros((3, 3))),
    lambda record, arrays: arrays.update(translation=np.full(3, np.inf)),
    lambda record, arrays: arrays.clear(),
])  # fmt: skip
def test_scans_that_contradict_themselves_are_refused(tmp_path, change):
    path = tmp_path / "mine.facewright"
    save(project_with(some_scan()), path)
    with pytest.raises(FacewrightError, match="is damaged"):
        load(rewritten(path, change))


def rewritten(path, change):
    """The file with its JSON and the arrays of its first scan changed."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    record, arrays = json.loads(content["project.json"]), {}
    if "scan-0.npz" in content:
        with np.load(io.BytesIO(content["scan-0.npz"])) as file:
            arrays = dict(file)
    change(record, arrays)
    content["project.json"] = json.dumps(record).encode()
    if "scan-0.npz" in content:
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        content["scan-0.npz"] = stream.getvalue()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    return path
