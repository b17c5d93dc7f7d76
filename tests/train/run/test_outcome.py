"""The model of a run as it stands: of its heads and network, and no longer touched by what the run learns on."""

import numpy as np
import pytest
import torch

from facewright.core.parts import CODES
from facewright.train.data.heads import open_source
from facewright.train.run.outcome import head_model
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.train.plain_head import folder_of
from tests.train.small_run import small_config


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    heads = open_source(folder_of(18, range(4), tmp_path_factory.mktemp("plain")))
    return Trainer(small_config(heads.source), heads, Workers())


def test_a_model_says_what_it_is_made_of_and_holds_its_heads(trainer):
    model, heads = head_model(trainer), trainer.head_set
    assert model.name == f"{heads.name}, 3 subjects"
    assert {name: model.metadata[name] for name in ("subjects", "licence", "unit", "steps")} == {
        "subjects": 3, "licence": heads.licence, "unit": "mm", "steps": trainer.steps,
    }  # fmt: skip
    assert model.latent.keys() == set(CODES)
    assert [*model.expressions] == ["smile"]
    assert (heads.vertices > model.bounds_mm[0]).all()
    assert (heads.vertices < model.bounds_mm[1]).all()
    assert model.frame == trainer.frame
    tip = heads.surface.points["prn"]
    np.testing.assert_allclose(model.points["prn"], heads.symmetric_mean[tip], atol=1e-4)
    assert model.registration
    assert model.registration.topology == heads.anatomy.name
    named = np.array([heads.anatomy.points[name] for name in model.points])
    np.testing.assert_array_equal(model.registration.of(named), [*model.points.values()])


def test_what_the_run_learns_later_is_not_the_models(trainer):
    model = head_model(trainer)
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    with torch.no_grad():
        for parameter in trainer.network.parameters():
            parameter.add_(0.1)
    for name, tensor in model.network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
