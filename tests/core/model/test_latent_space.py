import numpy as np
import pytest

from facewright.core.model.latent_space import SPREAD_EDGES, LatentSpace

RNG = np.random.default_rng(0)
SPREAD = np.array([5.0, 2.0, 0.5, 0.0])
CODES = RNG.standard_normal((4000, 4)) * SPREAD + [1.0, 2.0, 3.0, 4.0]


def test_components_and_sigma_are_those_of_the_distribution():
    space = LatentSpace.fit(CODES)
    assert len(space) == 3  # the fourth direction has no spread
    np.testing.assert_allclose(space.sigma, SPREAD[:3], rtol=0.05)
    np.testing.assert_allclose(np.abs(space.components), np.eye(4)[:3], atol=0.05)
    np.testing.assert_allclose(space.mean, [1.0, 2.0, 3.0, 4.0], atol=0.2)


def test_coefficients_undo_code():
    space = LatentSpace.fit(CODES)
    coefficients = (1.5, -2.0, 0.25)
    np.testing.assert_allclose(space.coefficients(space.code(coefficients)), coefficients, atol=1e-4)
    np.testing.assert_array_equal(space.code(()), space.mean)


def test_about_an_origin_no_coefficients_give_the_origin():
    space = LatentSpace.fit(CODES, origin=np.zeros(4))
    np.testing.assert_array_equal(space.code(()), np.zeros(4))
    assert space.sigma[0] > 5.0  # the mean's distance from the origin counts


def test_more_coefficients_than_components_is_an_error():
    with pytest.raises(ValueError, match="4 coefficients"):
        LatentSpace.fit(CODES).code((0.0, 0.0, 0.0, 1.0))


def test_the_spread_counts_the_codes_between_the_edges():
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((20_000, 3)) * [3.0, 2.0, 1.0]
    spread = LatentSpace.fit(codes).spread(codes)
    middles = (SPREAD_EDGES[1:] + SPREAD_EDGES[:-1]) / 2
    density = np.exp(-(middles**2) / 2) / np.sqrt(2 * np.pi) * np.diff(SPREAD_EDGES)
    assert spread.shape == (3, len(middles))
    np.testing.assert_allclose(spread, np.tile(density, (3, 1)), atol=0.01)
