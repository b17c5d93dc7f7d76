"""Anny's wide heads: what is blended of the whole body sums to one head, whoever is drawn."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from facewright.train.data.wide_anny import LABELS, draw_wide

BASE = np.random.default_rng(0).uniform(-100.0, 100.0, (20, 3))
ADULT, CHILD = 1.0, 0.6


class Noted:
    """Targets whose weights are noted; those of ancestries bring the base to the size of their age."""

    def __init__(self):
        self.weights: Counter[str] = Counter()

    def macro(self, name, weight, shift):
        self.weights[name] += weight
        if not name.startswith("universal"):
            shift += weight * ((CHILD if name.endswith(("baby", "child")) else ADULT) - 1.0) * BASE

    def local(self, start=""):
        return [name for name in ("head-wide", "mouth-open", "nose-a", "nose-b", "nose-c") if name.startswith(start)]

    def lopsided(self):
        return ["l"]

    def add_local(self, shift, name, left, right):
        shift[0] += (left, right, 0.0)

    def add_lopsided(self, shift, name, weight):
        shift[1] += weight


@pytest.mark.parametrize("children", [False, True])
def test_shares_of_ancestry_age_and_build_sum_to_one(children):
    ages = []
    for seed in range(40):
        targets: Any = Noted()
        shift, labels = draw_wide(targets, np.random.default_rng(seed), BASE, range(10), children)
        whole = {name: weight for name, weight in targets.weights.items() if not name.startswith("universal")}
        assert sum(whole.values()) == pytest.approx(1.0)
        assert sum(targets.weights.values()) == pytest.approx(2.0)
        assert sum(weight for name, weight in whole.items() if "-male-" in name) == pytest.approx(labels["male"])
        assert sum(w for name, w in whole.items() if name.startswith("asian")) == pytest.approx(labels["asian"])
        assert labels.keys() == set(LABELS)
        assert all(0.0 <= value <= 1.0 for value in labels.values())
        young = sum(weight for name, weight in whole.items() if name.endswith(("baby", "child")))
        np.testing.assert_allclose(shift[2:], ((CHILD - ADULT) * young * BASE)[2:], atol=1e-9)
        ages.append(labels["age"])
    assert (max(ages) < 0.5) == children
