"""Two sources of two topologies learnt in one model, and what is drawn beside a benchmark's subjects."""

import json
import sys

import numpy as np
import pytest
import torch

from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.mesh import Mesh
from facewright.core.metrics import nearest_on_surface
from facewright.core.model.model_file import load
from facewright.core.parts import PARTS
from facewright.train.command_line import main
from facewright.train.config import CONFIG, TrainConfig
from facewright.train.data.expressions import RECIPES, draw_expressions, recipe_matrix, summed_units, unit_codes
from facewright.train.data.heads import open_source
from facewright.train.data.people import People
from facewright.train.data.several import carrier, open_sources, reference_heads
from facewright.train.evaluation.populations import populations, summed
from facewright.train.run.checkpoint import MODEL
from facewright.train.sampling.registered import RegisteredHeads
from tests.train.plain_head import folder_of


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Two topologies of the same people's heads, the second coarser."""
    fine = folder_of(22, range(4), tmp_path_factory.mktemp("fine"))
    return fine, folder_of(18, range(4), tmp_path_factory.mktemp("coarse"))


def test_a_sources_heads_lie_on_its_own_surface_in_the_other_topology(sources):
    onto, source = (reference_heads(each) for each in sources)
    by = carrier(*sources)
    carried = by(source.neutral)
    for head, there in zip(carried, source.neutral, strict=True):
        away = nearest_on_surface(head, there, source.surface.faces).distance
        assert away.mean() < 0.1
        assert Mesh(head, onto.surface.faces).watertight
    weights = np.asarray(by.points.sum(axis=1)).ravel()
    np.testing.assert_allclose(weights, 1.0, atol=1e-4)  # whatever moves the source as a whole moves what is carried
    for name in ("prn", "gn", "n"):
        apart = carried[:, onto.surface.points[name]] - source.neutral[:, source.surface.points[name]]
        assert np.linalg.norm(apart, axis=1).max() < 4.0, name


def test_two_sources_are_one_set_with_shares(sources):
    heads = open_sources(sources, shares=(0.8, 0.2))
    first = open_source(sources[0])
    assert heads.surface.vertex_count == first.surface.vertex_count
    assert [member.subjects for member in heads.members] == [len(first.subjects)] * 2
    assert len({*heads.subjects}) == len(heads.subjects)
    np.testing.assert_array_equal(heads.vertices[: len(first.subjects)], first.vertices)
    registered = RegisteredHeads(heads, torch.device("cpu"), collar=True)
    recipe = registered.recipe(4000, torch.Generator().manual_seed(0))
    half = registered.subject_rows // 2
    assert float((recipe.receiver.rows < half).float().mean()) == pytest.approx(0.8, abs=0.03)
    assert {*recipe.receiver.rows.unique().tolist()} == {*range(registered.subject_rows)}
    mixed = ((recipe.owner.rows[:, 0] < half) != (recipe.receiver.rows[:, 0] < half)).float().mean()
    assert mixed > 0.1  # parts of the one on heads of the other


def test_sources_that_do_not_go_together_are_refused(sources, tmp_path):
    with pytest.raises(FacewrightError, match="given twice"):
        open_sources((sources[0], sources[0]))
    with pytest.raises(FacewrightError, match="3 shares are given for 2"):
        open_sources(sources, shares=(1.0, 1.0, 1.0))
    with pytest.raises(FacewrightError, match="has other expressions"):
        open_sources((sources[0], "anny:"), subjects=1)


def test_one_model_is_trained_on_two_sources_from_the_command_line(sources, tmp_path, monkeypatch, capsys):
    small = {
        "steps": 6, "device": "cpu", "template_share": 0.3, "stage_share": 0.4, "heads": 4, "stage_points": 16,
        "surface_points": 16, "space_points": 16, "pool_heads": 2, "pool_points": 60, "people": {"noses": 0.5},
        "network": {"width": 8, "layers": 3, "hyper_width": 8, "blend_width": 8, "landmark_width": 8, "sdf_width": 16},
    }  # fmt: skip
    config, run = tmp_path / "small.json", tmp_path / "run"
    config.write_text(json.dumps(small), encoding="utf-8")
    arguments = ["train", "run", str(config), "--data", sources[0], "--data", sources[1], "--shares", "0.6", "0.4"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--out", str(run)])
    assert main() == 0, capsys.readouterr().err
    model = load(run / MODEL, torch.device("cpu"))
    assert len(list(model.metadata["sources"])) == 2  # type: ignore[call-overload]
    assert {*model.expressions} == {"smile"}
    kept = TrainConfig.load(run / CONFIG)
    assert (kept.sources, kept.shares, kept.people.noses) == (sources, (0.6, 0.4), 0.5)
    monkeypatch.setattr(sys, "argv", ["train", "run", "--resume", str(run), "--steps", "8"])
    assert main() == 0, capsys.readouterr().err
    assert load(run / MODEL, torch.device("cpu")).metadata["steps"] == 8


def test_both_sources_are_shown_with_how_they_lie(sources, tmp_path, monkeypatch, capsys):
    picture, record = tmp_path / "heads.png", tmp_path / "heads.json"
    arguments = ["train", "heads", *sources, "--picture", str(picture), "--json", str(record)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 0, capsys.readouterr().err
    assert "distance in mm: nose" in capsys.readouterr().out
    laid = json.loads(record.read_text(encoding="utf-8"))["laid"][0]
    assert laid["distance_mm"]["nose"]["mean_mm"] < 0.3
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_changed_noses_differ_from_the_plain_ones_at_the_nose_alone(sources):
    plain, changed = open_sources(sources[:1]), open_sources(sources[:1], people=People(noses=1.0))
    moved = np.linalg.norm(changed.vertices - plain.vertices, axis=-1)
    assert (moved.max(axis=(1, 2)) > 0.1).all()
    np.testing.assert_allclose(moved[:, 0], moved[:, 1], atol=1e-4)  # in every expression alike
    beyond = plain.symmetric_mean[:, 2] < 60.0
    assert moved[..., beyond].max() == 0.0


def test_wide_people_are_of_all_sizes_and_the_others_stay():
    plain, wide = open_source("anny:", "train", 6), open_source("anny:", "train", 6, People(wide=0.5))
    same = np.isclose(plain.neutral, wide.neutral, atol=1e-3).all(axis=(1, 2))
    assert 0 < same.sum() < 6
    other = open_source("anny:", "train", 6, People(wide=1.0, expressions=3))
    heights = np.ptp(other.neutral[..., 1], axis=1)
    assert heights.max() / heights.min() > 1.2
    assert other.vertices.shape[1] == 4
    for head in other.neutral:
        assert Mesh(head, other.surface.faces).watertight
    assert other.facial_units is not None
    assert other.facial_units.shape == (6, 4, len(FACIAL_UNITS))
    assert not other.facial_units[:, 0].any()


def test_drawn_expressions_are_units_alone_by_side_and_in_sums():
    weights = draw_expressions(np.random.default_rng(0), 2000)
    assert not weights[0].any()
    assert weights[1:].any(axis=1).all()
    assert weights.max() <= 1.0 + 1e-6
    assert (weights > 0.0).any(axis=0).all()
    left, right = FACIAL_UNITS.index("eyeBlink_L"), FACIAL_UNITS.index("eyeBlink_R")
    assert ((weights[:, left] > 0.0) & (weights[:, right] == 0.0)).any()
    close, jaw = FACIAL_UNITS.index("mouthClose"), FACIAL_UNITS.index("jawOpen")
    assert (weights[:, jaw] >= weights[:, close]).all()
    assert not ((weights[:, left] > 0.0) & (weights[:, FACIAL_UNITS.index("eyeWide_L")] > 0.0)).any()


def test_a_unit_of_two_sides_is_one_of_a_sum():
    weights = np.zeros((3, len(FACIAL_UNITS)))
    for row, names in enumerate(((), ("eyeBlink_L", "eyeBlink_R"), ("eyeBlink_L", "jawOpen", "mouthLeft"))):
        weights[row, [FACIAL_UNITS.index(name) for name in names]] = 0.5
    assert summed_units(weights).tolist() == [0, 1, 3]


def test_units_codes_are_found_again_from_sums():
    rng = np.random.default_rng(1)
    true = rng.normal(size=(len(FACIAL_UNITS), 12))
    weights = draw_expressions(rng, 4000)
    found = unit_codes((weights @ true).astype(np.float32), weights)
    np.testing.assert_allclose(found, true, atol=0.1)
    assert recipe_matrix(FACIAL_UNITS).shape == (len(RECIPES), len(FACIAL_UNITS))


@pytest.mark.parametrize(
    ("value", "words"), [({"wide": 1.5}, "share of the subjects"), ({"expressions": -1}, "0 to 200")]
)
def test_shares_that_are_none_are_refused(value, words):
    with pytest.raises(FacewrightError, match=words):
        People(**value)


def test_populations_are_drawn_of_the_test_split_alone(ict_folder):
    found = populations((f"ict:{ict_folder}", "anny:"))
    assert {*found} == {"anny_adults", "anny_children", "ict_wide", "surgical", "ict_sums"}
    adults, children = found["anny_adults"](3), found["anny_children"](3)
    sizes = [np.ptp(heads.neutral[..., 0], axis=1) for heads in (adults, children)]
    assert sizes[1].max() < sizes[0].min()
    test = open_source(f"ict:{ict_folder}", "test", 2)
    surgical = found["surgical"](2)
    moved = np.linalg.norm(surgical.neutral - test.neutral, axis=-1)
    assert (moved.max(axis=1) > 0.5).all()
    assert moved[:, test.vertex_parts == PARTS.index("eyes")].max() < 0.5
    sums = found["ict_sums"](2)
    assert sums.vertices.shape[:2] == (2, 1)
    more = summed(f"ict:{ict_folder}", 2, 4)
    np.testing.assert_array_equal(more.vertices[:, 0], sums.vertices[:, 0])
    moved = np.linalg.norm(more.vertices - test.neutral[:, None], axis=-1).max(axis=2)
    assert (moved > 0.5).all()
    with pytest.raises(FacewrightError, match="sums of facial units"):
        summed(f"ict:{ict_folder}", 1, 30)
    with pytest.raises(FacewrightError, match="ICT-FaceKit and Anny alone"):
        populations(())
