"""The expression's stage taught by heads of the model itself: it comes nearer to them, and neutral heads stay."""

import numpy as np
import pytest
import torch

from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.model.model_file import bundled_model, load, save
from facewright.core.parameters import Parameters, random_head
from facewright.train import expression_stage
from facewright.train.command_line import main
from facewright.train.data.ict_facekit import read_morphs
from facewright.train.expression_command import MOST_HEADS
from facewright.train.expression_stage import ExpressionStage, taught
from facewright.train.own_heads import POSES, own_heads
from tests.core.people import people
from tests.core.tiny_model import tiny_model

HEADS, UNSEEN = 5, 3
"""Heads of the model, and those of which nothing is learnt: ten in a real run."""


@pytest.fixture(autouse=True)
def unseen(monkeypatch):
    monkeypatch.setattr(expression_stage, "UNSEEN", UNSEEN)


def untaught():
    """The model of people with less of what it has learnt of expressions."""
    model = load(bundled_model())
    hypernet = model.network.stage("expression").hypernet
    hypernet.heads.weight[:, len(hypernet.hidden.get_parameter("0.bias")) :] *= 0.8
    return model


@pytest.fixture(scope="module")
def morphs(ict_folder):
    return read_morphs(ict_folder, FACIAL_UNITS).morphs


@pytest.fixture(scope="module")
def heads(morphs):
    return own_heads(people(), morphs, HEADS)


def test_heads_are_the_models_own_and_units_move_them_as_they_move_the_data(heads, morphs):
    assert heads.vertices.shape == (HEADS, POSES + 1, heads.surface.vertex_count, 3)
    model = people()
    on_skin = heads.surface.component >= 0
    off = np.abs(model.field(Parameters()).distance(heads.vertices[0, 0].numpy()[on_skin]))
    assert np.median(off) < 0.05
    moved = (heads.vertices[0, 1:] - heads.vertices[0, :1]).numpy()
    neutral = load_neutral(heads)
    at_rest = heads.surface.close(neutral)
    for row, weights in enumerate(heads.weights[0].numpy()):
        if weights[[FACIAL_UNITS.index("eyeBlink_L"), FACIAL_UNITS.index("eyeBlink_R")]].any():
            continue  # lids are brought to close
        own = heads.surface.close(neutral + np.tensordot(weights, morphs, axes=1)) - at_rest
        size = np.linalg.norm(own, axis=1)
        turned = np.sum(own * moved[row], axis=1) / np.maximum(size * np.linalg.norm(moved[row], axis=1), 1e-9)
        assert np.median(turned[size > 1.0]) > 0.98 if (size > 1.0).any() else True


def load_neutral(heads):
    """ICT-FaceKit's neutral head, of which the surface is made."""
    from facewright.core.production.topology import bundled_topology

    return bundled_topology().neutral


def test_the_stage_comes_nearer_and_neutral_heads_stay_to_the_bit(heads, monkeypatch, tmp_path):
    monkeypatch.setattr(expression_stage, "_WARM_UP", 1)
    model = untaught()
    before, losses = model.fingerprint, list[float]()
    points = np.random.default_rng(0).uniform(-90.0, 90.0, (4000, 3)).astype(np.float32)
    resting = [random_head(model.components, seed) for seed in (1, 2)]
    known = [model.field(head).distance(points) for head in resting]
    smiling = resting[0].with_code("expression", (2.0, -1.0))
    smile = model.field(smiling).distance(points)
    better, first, last = taught(model, heads, lambda steps: steps / 60, losses.append)
    assert len(losses) == 60
    assert last[1] < 0.9 * first[1]
    assert last[0] < 0.9 * first[0]
    save(better, tmp_path / "model.safetensors")
    read = load(tmp_path / "model.safetensors")
    for head, distance in zip(resting, known, strict=True):
        np.testing.assert_array_equal(read.field(head).distance(points), distance)
    assert np.abs(read.field(smiling).distance(points) - smile).max() > 0.01
    assert read.fingerprints[-1] == before != read.fingerprint
    for code, space in read.latent.items():
        np.testing.assert_array_equal(space.components, model.latent[code].components)


def test_only_what_the_code_is_multiplied_by_moves(heads):
    model = load(bundled_model())
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    ExpressionStage(model, heads).learn(0.0)
    changed = {n for n, tensor in model.network.state_dict().items() if not torch.equal(tensor, before[n])}
    assert changed
    assert all(name.startswith(("stages.expression.hypernet", "landmarks.nets.expression.0")) for name in changed)
    assert not any(name.endswith("bias") for name in changed)


def test_a_model_without_units_and_too_few_heads_are_refused(heads):
    with pytest.raises(FacewrightError, match="facial units"):
        ExpressionStage(tiny_model(), heads)
    few = heads._replace(vertices=heads.vertices[:UNSEEN])
    with pytest.raises(FacewrightError, match="left out"):
        ExpressionStage(people(), few)


def test_the_command_refuses_before_it_makes_heads(ict_folder, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        few = f"from {UNSEEN + 1} to {MOST_HEADS:,}"
        for model, count, word in (("adults", "11", "facial units"), ("people", f"{UNSEEN}", few)):
            arguments = ["expressions", model, "--data", f"ict:{ict_folder}", "--out", str(tmp_path / "m.safetensors")]
            patch.setattr("sys.argv", ["facewright-train", *arguments, "--heads", count])
            assert main() == 1
            assert word in capsys.readouterr().err


def test_the_command_writes_a_better_model(heads, ict_folder, tmp_path, capsys):
    out = tmp_path / "better.safetensors"
    arguments = ["expressions", "people", "--data", f"ict:{ict_folder}", "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("facewright.train.own_heads.own_heads", lambda *_: heads)  # they take a while to make
        patch.setattr("sys.argv", ["facewright-train", *arguments, "--minutes", "0.02", "--heads", f"{HEADS}"])
        assert main() == 0
    said = capsys.readouterr().out
    assert "before" in said
    assert "after" in said
    assert load(out).fingerprints[-1] == people().fingerprint
