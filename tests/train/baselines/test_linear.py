"""The linear model of parts: heads of its span come back, and each part is fitted by itself."""

import numpy as np

from facewright.train.baselines.linear import LinearModel

RNG = np.random.default_rng(0)
MEAN, AXES = RNG.standard_normal((30, 3)), RNG.standard_normal((4, 30, 3))


def heads(count):
    return (MEAN + np.einsum("nk,kvc->nvc", RNG.standard_normal((count, 4)), AXES)).astype(np.float32)


def test_heads_of_the_span_come_back_whether_they_were_learnt_from_or_not():
    model = LinearModel(heads(12), [np.arange(30)], [4])
    for head in heads(5):
        np.testing.assert_allclose(model.reconstruct(head), head, atol=1e-3)


def test_with_fewer_axes_the_nearest_head_is_found_by_least_squares():
    learnt, [head] = heads(12), heads(1)
    found = LinearModel(learnt, [np.arange(30)], [2]).reconstruct(head)
    mean = learnt.mean(axis=0)
    axes = np.linalg.svd((learnt - mean).reshape(12, -1), full_matrices=False)[2][:2]
    expected = mean + ((head - mean).reshape(-1) @ axes.T @ axes).reshape(30, 3)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_part_is_not_changed_by_another():
    parts = [np.arange(10), np.arange(10, 30)]
    model, [head] = LinearModel(heads(12), parts, [2, 2]), heads(1)
    other = head.copy()
    other[:10] += 1.0
    before, after = model.reconstruct(head), model.reconstruct(other)
    np.testing.assert_allclose(after[10:], before[10:], atol=1e-5)
    assert not np.allclose(after[:10], before[:10], atol=0.1)
