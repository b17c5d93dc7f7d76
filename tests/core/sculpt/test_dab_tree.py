"""Lists of dabs come back from the table that they share."""

import numpy as np
import pytest

from facewright.core.archive import TooMuch
from facewright.core.sculpt import dab_tree
from facewright.core.sculpt.dab_tree import DabLists, DabTree
from facewright.core.sculpt.dabs import MOST_DABS, dab

RNG = np.random.default_rng(0)
DABS = tuple(dab(RNG.uniform(-80.0, 80.0, 3), RNG.uniform(-1.0, 1.0, 3), 9.0) for _ in range(12))
SESSIONS = [
    (),
    DABS[:3],
    DABS[:7],
    (*DABS[:3], DABS[9]),  # another variant, from the third dab on
    DABS[:7],
    DABS,
    tuple(one.mirrored for one in DABS),
    (DABS[0], DABS[0]),
    DABS[:2],
]


def test_lists_come_back_and_what_they_begin_with_is_kept_once():
    tree = DabTree()
    numbers = [tree.number(dabs) for dabs in SESSIONS]
    assert numbers[0] == 0
    assert numbers[2] == numbers[4]
    table = tree.table()
    assert len(table) == 12 + 1 + 12 + 1
    assert table.tolist() == tree.rows(0) == tree.rows()[:20] + tree.rows(20)
    lists = DabLists(table)
    again = [lists.of(number) for number in numbers]
    assert again == SESSIONS
    assert again[5][0] is again[3][0] is again[7][1]
    assert DabLists(DabTree().table()).of(0) == ()


@pytest.mark.parametrize("change", [
    lambda table: table.__setitem__((0, 0), 1.0),
    lambda table: table.__setitem__((3, 0), 9.0),
    lambda table: table.__setitem__((3, 0), -1.0),
    lambda table: table.__setitem__((3, 0), 1.5),
    lambda table: table.__setitem__((3, 0), np.nan),
    lambda table: table.__setitem__((3, 2), np.inf),
    lambda table: table.__setitem__((3, 7), 0.0),
])  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(change):
    tree = DabTree()
    number, table = tree.number(DABS), tree.table()
    assert DabLists(table).of(number) == DABS
    change(table)
    with pytest.raises(ValueError, match="dab"):
        DabLists(table)


@pytest.mark.parametrize("number", [-1, len(DABS) + 1])
def test_a_list_that_is_not_there_is_refused(number):
    tree = DabTree()
    tree.number(DABS)
    with pytest.raises(ValueError, match="missing"):
        DabLists(tree.table()).of(number)


def test_lists_longer_than_any_are_refused(monkeypatch):
    tree = DabTree()
    number = tree.number(DABS[:1] * (MOST_DABS + 1))
    lists = DabLists(tree.table())
    assert len(lists.of(MOST_DABS)) == MOST_DABS
    with pytest.raises(ValueError, match="more dabs than any head has"):
        lists.of(number)
    monkeypatch.setattr(dab_tree, "_MOST_LISTED", 2 * MOST_DABS - 2)
    lists = DabLists(tree.table())
    lists.of(MOST_DABS - 1)
    with pytest.raises(TooMuch, match="dabs of the brush"):
        lists.of(MOST_DABS)


@pytest.mark.parametrize("table", [np.zeros((2, 7)), np.zeros(8), np.zeros((2, 8), np.int64)])
def test_tables_of_other_columns_are_refused(table):
    with pytest.raises(ValueError, match="columns"):
        DabLists(table)
