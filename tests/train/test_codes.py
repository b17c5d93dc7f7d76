import numpy as np
import torch

from facewright.core.model.latent_space import SPREAD_EDGES
from facewright.core.parts import CODE_SIZES, CODES
from facewright.train.code_tables import CodeTables
from facewright.train.codes import expression_codes, latent_spaces, mirror_maps, source_spreads, spreads
from facewright.train.data.heads import Member

SUBJECTS, EXPRESSIONS = 200, 3


def test_a_code_is_carried_to_that_of_its_mirror_image():
    """Mirroring that flips the sign of every other entry is found from twins alone, for every layout of rows."""
    generator = torch.Generator().manual_seed(0)
    initial = {}
    for code in CODES:
        rows = EXPRESSIONS if code == "expression" else 1
        half = torch.randn(SUBJECTS, 1, rows, CODE_SIZES[code], generator=generator)
        flip = torch.ones(CODE_SIZES[code])
        flip[::2] = -1.0
        initial[code] = torch.cat([half, half * flip], dim=1).reshape(-1, CODE_SIZES[code])
    for code, found in mirror_maps(CodeTables(initial)).items():
        expected = np.eye(CODE_SIZES[code])
        expected[::2] *= -1.0
        np.testing.assert_allclose(found, expected, atol=0.05)


def test_an_expressions_code_is_the_mean_over_subjects_without_their_mirror_images():
    rng = np.random.default_rng(0)
    means = rng.standard_normal((EXPRESSIONS, CODE_SIZES["expression"]))
    noise = rng.standard_normal((SUBJECTS, *means.shape))
    rows = np.stack([means + noise - noise.mean(axis=0), rng.standard_normal(noise.shape)], axis=1)
    initial = {code: torch.zeros(2 * SUBJECTS, CODE_SIZES[code]) for code in CODES}
    initial["expression"] = torch.from_numpy(rows.reshape(-1, CODE_SIZES["expression"])).float()
    found = expression_codes(CodeTables(initial), ("neutral", "smile", "blink", "pout"))
    assert tuple(found) == ("smile", "blink", "pout")
    np.testing.assert_allclose(np.stack(list(found.values())), means, atol=1e-5)


def test_the_heads_of_each_source_are_counted_alone():
    """One source lies at -1, the other at +1, three times as many: seen apart, and together as their mean."""
    generator = torch.Generator().manual_seed(0)
    initial = {}
    for code in CODES:
        rows = 2 * (EXPRESSIONS if code == "expression" else 1)
        side = torch.cat([-torch.ones(50 * rows), torch.ones(150 * rows)])[:, None]
        initial[code] = 0.1 * torch.randn(200 * rows, CODE_SIZES[code], generator=generator)
        initial[code][:, :1] += side
    tables, members = CodeTables(initial), (Member("A", 50, 0.5), Member("B", 150, 0.5))
    latent = latent_spaces(tables, members)
    of_each = source_spreads(tables, latent, members)
    middles = (SPREAD_EDGES[1:] + SPREAD_EDGES[:-1]) / 2
    for code, of_all in spreads(tables, latent).items():
        a, b = of_each[f"A.{code}"], of_each[f"B.{code}"]
        np.testing.assert_allclose(0.25 * a + 0.75 * b, of_all, atol=1e-6)
        apart = np.abs((a - b) @ middles)
        assert apart[0 if code == "expression" else -1] > 1.0
        if code != "expression":
            assert apart[:-1].max() < 0.5  # no other component tells the sources apart
            space = latent[code]
            np.testing.assert_allclose(space.components @ space.components.T, np.eye(len(space)), atol=1e-4)
            assert abs(space.mean[0]) < 0.1  # the middle, however many heads each has
    assert not source_spreads(tables, latent, members[:1])
