"""The methods that the model is compared with, as configurations."""

from dataclasses import replace

import pytest

from facewright.train.baselines.implicit import METHODS, configured
from facewright.train.config import TrainConfig
from facewright.train.data.people import People
from facewright.train.schedule import GROUPS, Schedule, Spent


def test_the_papers_model_is_the_papers():
    """Its sections 3.2 to 4.2, number by number."""
    paper = configured("paper", TrainConfig("ict:nowhere", minutes=7.0))
    assert (paper.data, paper.minutes) == ("ict:nowhere", 7.0)
    assert (paper.network.width, paper.network.layers) == (128, 5)
    assert [paper.network.windows, paper.network.direct, paper.collar] == [False] * 3
    assert paper.codes == "random"
    assert paper.template_share == paper.stage_share == paper.weights.stage == 0.0
    λ = paper.weights
    assert (λ.eikonal, λ.normal, λ.deformed_landmarks) == (50.0, 100.0, 100.0)
    assert (λ.gt, λ.reg, λ.generated_landmarks) == (3e3, 1e6, 1e3)
    assert paper.end_learning_rate == paper.end_sdf_learning_rate == paper.code_learning_rate == 1e-4
    schedule = Schedule(replace(paper, steps=8500))
    while schedule.is_over(Spent()):
        schedule.advance(Spent())
    assert schedule.phase == "end"
    for epochs, share in ((0, 1.0), (209, 1.0), (210, 0.95), (220, 0.95**2), (850, 0.95**65)):
        for group in GROUPS:
            assert schedule.rate(group, Spent(10 * epochs)) == pytest.approx(1e-4 * share)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns_from_the_same_heads(method):
    ours = TrainConfig("ict:nowhere", ("anny:",), (0.6, 0.4), subjects=50, people=People(wide=0.5, noses=0.2))
    theirs = configured(method, ours)
    assert (theirs.sources, theirs.shares) == (ours.sources, ours.shares)
    assert (theirs.subjects, theirs.people) == (ours.subjects, ours.people)
