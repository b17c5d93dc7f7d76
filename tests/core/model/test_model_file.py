import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.model.model_file import FORMAT_VERSION, bundled_model, load, model_path, save
from facewright.core.model.registration import Registration
from facewright.core.network.frame import Frame
from facewright.core.parameters import Parameters
from tests.core.tiny_model import tiny_model, tiny_model_with_template

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save(tiny_model(), path)
    return path


def test_a_saved_model_gives_the_same_distances(saved, tmp_path):
    original, loaded = tiny_model(), load(saved, CPU)
    save(loaded, tmp_path / "again.safetensors")
    again = load(tmp_path / "again.safetensors", CPU)
    parameters = Parameters(nose=(2.0, -1.0), expression=(0.5,))
    points = np.random.default_rng(0).uniform(-120, 120, (500, 3)).astype(np.float32)
    before, after, later = (model.field(parameters).distance(points) for model in (original, loaded, again))
    np.testing.assert_allclose(after, before, atol=0.05)  # half precision, mm
    np.testing.assert_array_equal(later, after)
    assert loaded.name == original.name
    assert dict(loaded.metadata) == dict(original.metadata)
    assert loaded.frame == original.frame
    assert loaded.components == original.components
    np.testing.assert_array_equal(loaded.bounds_mm, original.bounds_mm)
    for group in ("expressions", "spread", "source_spread", "points"):
        expected, found = getattr(original, group), getattr(loaded, group)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name], value)
    assert original.registration
    assert loaded.registration
    assert loaded.registration.topology == original.registration.topology
    np.testing.assert_array_equal(loaded.registration.vertices, original.registration.vertices)
    np.testing.assert_array_equal(loaded.registration.places, original.registration.places)


def test_bundled_models_are_known_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert model_path(None) == model_path(Path("people")) == bundled_model()
    assert model_path(Path("adults")) == bundled_model("adults")
    own = Path("people")
    own.touch()
    assert model_path(own) == own


def test_the_model_of_people_knows_labels_units_and_its_sources():
    model = load(bundled_model("people"), CPU)
    assert {*model.sources} == {"ICT-FaceKit", "Anny"}
    assert len(model.facial_units) == len(FACIAL_UNITS)
    assert "age" in " ".join(model.directions).lower()
    assert model.template


def test_facial_units_are_called_as_in_files_of_before(tmp_path):
    code = np.arange(128, dtype=np.float32)
    save(replace(tiny_model(), facial_units={"jawOpen": code}), tmp_path / "own.safetensors")
    for path, name in ((tmp_path / "own.safetensors", "units.jawOpen"), (bundled_model("people"), "units.jawOpen")):
        with safe_open(path, "np") as file:
            assert name in file.keys()  # noqa: SIM118
    np.testing.assert_array_equal(load(tmp_path / "own.safetensors", CPU).facial_units["jawOpen"], code)


def test_a_model_of_before_expressions_were_kept_still_loads(tmp_path):
    path = tmp_path / "old.safetensors"
    save(replace(tiny_model(), expressions={}, spread={}, source_spread={}, points={}, registration=None), path)
    model = load(path, CPU)
    assert not model.expressions
    assert not model.spread
    assert not model.sources
    assert not model.points
    assert model.registration is None


@pytest.mark.parametrize("vertices", [(3, 2), (2, 2), (-1, 2), (), (1, 2, 3), ((1,), (2,)), (0.0, 1.0)])
def test_a_registration_of_other_than_some_vertices_in_order_is_damaged(vertices, tmp_path):
    places = np.zeros((2, 3), np.float32)
    array = np.array(vertices, dtype=np.float32 if 0.0 in vertices else np.int32)
    save(replace(tiny_model(), registration=Registration("another", array, places)), tmp_path / "model.safetensors")
    with pytest.raises(FacewrightError, match="damaged"):
        load(tmp_path / "model.safetensors", CPU)


def test_a_truncated_file_is_refused_in_one_sentence(saved, tmp_path):
    for size in (0, 5, 200, saved.stat().st_size - 100):
        cut = tmp_path / f"cut{size}.safetensors"
        cut.write_bytes(saved.read_bytes()[:size])
        with pytest.raises(FacewrightError, match="not a model file or is damaged"):
            load(cut, CPU)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(FacewrightError, match="no model file"):
        load(tmp_path / "none.safetensors", CPU)
    with pytest.raises(FacewrightError, match="no model file"):
        load(tmp_path, CPU)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(FacewrightError, match="not a Facewright model"):
        load(path, CPU)


def with_header(saved, path, change):
    """A copy of a model file with its header changed in place."""
    raw = saved.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    outer = json.loads(raw[8 : 8 + size])
    header = json.loads(outer["__metadata__"]["facewright"])
    change(header)
    outer["__metadata__"]["facewright"] = json.dumps(header)
    text = json.dumps(outer).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + raw[8 + size :])
    return path


def with_tensor(path, source, name, change):
    """A copy of a model file with one tensor changed."""
    with safe_open(source, framework="pt") as file:
        tensors, metadata = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
    save_file({**tensors, name: change(tensors[name]).contiguous()}, path, metadata)
    return path


def test_a_newer_format_asks_for_an_update(saved, tmp_path):
    path = with_header(saved, tmp_path / "new.st", lambda h: h.update(format_version=FORMAT_VERSION + 1))
    with pytest.raises(FacewrightError, match="update Facewright"):
        load(path, CPU)


@pytest.mark.parametrize("key", ["network", "frame", "name", "bounds_mm"])
def test_a_header_without_a_field_is_refused(saved, tmp_path, key):
    path = with_header(saved, tmp_path / "short.st", lambda h: h.pop(key))
    with pytest.raises(FacewrightError, match="damaged or incomplete"):
        load(path, CPU)


@pytest.mark.parametrize("change", [
    lambda header: header["frame"].update(radius_mm=0.0),
    lambda header: header["frame"].update(radius_mm=float("nan")),
    lambda header: header["frame"].update(centre_mm=[1.0, 2.0]),
    lambda header: header["frame"].update(centre_mm=["a", "b", "c"]),
    lambda header: header.update(bounds_mm=[[float("nan")] * 3] * 2),
    lambda header: header.update(bounds_mm=[[100.0] * 3, [-100.0] * 3]),
    lambda header: header.update(metadata="none"),
    lambda header: header.update(template_landmarks=[1]),
    lambda header: header.update(template_landmarks={"prn": float("inf")}),
    lambda header: header["network"].update(width=0),
    lambda header: header["network"].update(width=10**6),
    lambda header: header["network"].update(layers=10**9),
    lambda header: header["network"].update(omega=0.0),
    lambda header: header["network"].update(omega=float("nan")),
])  # fmt: skip
def test_a_header_that_cannot_be_is_refused(tmp_path, change):
    save(tiny_model_with_template(), tmp_path / "whole.st")
    with pytest.raises(FacewrightError, match="damaged or incomplete"):
        load(with_header(tmp_path / "whole.st", tmp_path / "odd.st", change), CPU)


@pytest.mark.parametrize(("name", "change"), [
    ("latent.nose.sigma", torch.zeros_like),
    ("latent.nose.sigma", torch.Tensor.int),
    ("latent.nose.mean", torch.Tensor.double),
    ("latent.nose.mean", lambda mean: mean[:7]),
    ("latent.nose.components", lambda components: components[:, :7]),
    ("latent.nose.components", lambda components: components[0]),
    ("mirror.mouth", lambda mirror: mirror[:3, :3]),
    ("expressions.smile", lambda code: code[:5]),
    ("spread.eyes", lambda spread: spread[:, :5]),
    ("source_spread.Here.eyes", lambda spread: spread[:, :5]),
    ("points.prn", lambda point: point[:2]),
    ("template.vertices", torch.Tensor.double),
    ("template.vertices", lambda vertices: vertices[0, 0]),
    ("template.membrane", lambda rows: torch.tensor([[5, 5, 1]], dtype=rows.dtype)),
    ("template.membrane_share", torch.Tensor.double),
    ("network.landmarks.mean", lambda mean: mean[:2]),
])  # fmt: skip
def test_a_tensor_of_another_shape_or_type_is_refused(tmp_path, name, change):
    save(tiny_model_with_template(), tmp_path / "whole.st")
    with pytest.raises(FacewrightError, match="damaged or incomplete"):
        load(with_tensor(tmp_path / "odd.st", tmp_path / "whole.st", name, change), CPU)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux to tell")
def test_an_open_model_does_not_hold_its_file(saved):
    """On Windows a file that is mapped into memory cannot be replaced: a run's model, while the editor shows it."""
    model = load(saved, CPU)
    assert str(saved) not in Path("/proc/self/maps").read_text(encoding="utf-8")
    assert model.name == "tiny"


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    model = tiny_model()
    path = tmp_path / "nan.safetensors"
    original = model.network.landmarks.mean.clone()
    try:
        model.network.landmarks.mean[0, 0, 0] = float("nan")
        save(model, path)
    finally:
        model.network.landmarks.mean.copy_(original)
    with pytest.raises(FacewrightError, match="not finite"):
        load(path, CPU)


def test_the_frame_is_undone_by_its_inverse():
    frame = Frame((1.0, -20.0, 30.0), 180.0)
    points = np.random.default_rng(0).uniform(-150, 150, (50, 3))
    np.testing.assert_allclose(frame.to_head(frame.to_network(points)), points, atol=1e-4)
    assert np.abs(frame.to_network(np.array([[1.0, 160.0, 30.0]]))) == pytest.approx(np.array([[0.0, 1.0, 0.0]]))


def test_a_template_mesh_is_kept(tmp_path):
    model = tiny_model_with_template()
    save(model, tmp_path / "meshed.safetensors")
    kept = load(tmp_path / "meshed.safetensors", CPU).template
    assert model.template is not None
    assert kept is not None
    for name in ("vertices", "faces", "part", "mirror", "uv", "uv_vertex", "uv_faces"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(model.template, name))
        assert getattr(kept, name).dtype == getattr(model.template, name).dtype
    assert dict(kept.landmarks) == dict(model.template.landmarks)


def test_a_template_meshs_membrane_is_kept_and_a_file_from_before_it_opens_without(tmp_path):
    model = tiny_model_with_template()
    assert model.template is not None
    rows, share = np.array([[5, 0, 1], [6, 0, 1]], np.int32), np.array([0.25, 0.75], np.float32)
    template = replace(model.template, membrane=rows, membrane_share=share)
    save(replace(model, template=template), tmp_path / "meshed.st")
    kept = load(tmp_path / "meshed.st", CPU).template
    with safe_open(tmp_path / "meshed.st", framework="pt") as file:
        before = {key: file.get_tensor(key) for key in file.keys() if "membrane" not in key}  # noqa: SIM118
        save_file(before, tmp_path / "before.st", file.metadata())
    without = load(tmp_path / "before.st", CPU).template
    assert kept is not None
    assert without is not None
    assert len(without.membrane) == len(without.membrane_share) == 0
    for name in ("membrane", "membrane_share"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(template, name))
        assert getattr(kept, name).dtype == getattr(template, name).dtype


def test_a_file_from_before_template_meshes_opens_without_one(saved):
    assert load(saved, CPU).template is None


def test_a_template_mesh_that_contradicts_itself_is_refused(tmp_path):
    save(tiny_model_with_template(), tmp_path / "meshed.safetensors")
    path = with_header(
        tmp_path / "meshed.safetensors", tmp_path / "bad.st", lambda h: h["template_landmarks"].update(prn=10**6)
    )
    with pytest.raises(FacewrightError, match="damaged or incomplete"):
        load(path, CPU)


@pytest.mark.parametrize("change", [
    lambda h: h["metadata"].update(expressions=[["smile"], {}]),
    lambda h: h["metadata"].update(expressions=7),
    lambda h: h["metadata"].update(earlier="ffff"),
    lambda h: h["metadata"].update(earlier=["ffff", 7]),
    lambda h: h.update(metadata=[]),
    lambda h: h["network"].update(width=10**12),
    lambda h: h["network"].update(layers="many"),
])  # fmt: skip
def test_a_header_that_says_other_things_than_it_should_is_refused(saved, tmp_path, change):
    with pytest.raises(FacewrightError, match="damaged"):
        load(with_header(saved, tmp_path / "bad.st", change), CPU)


def test_a_header_nested_without_end_is_refused(saved, tmp_path):
    with safe_open(saved, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    save_file(tensors, tmp_path / "deep.st", {"facewright": "[" * 100_000})
    with pytest.raises(FacewrightError, match="is not a model file or is damaged"):
        load(tmp_path / "deep.st", CPU)
